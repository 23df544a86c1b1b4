//! The condition on events that anyone may see.

use sea_orm::sea_query::{Expr, ExprTrait as _};

use crate::entity::event;

/// Matches events that are not drafts. The status is a literal in the SQL text: for a parameter, `PostgreSQL`'s planner
/// would assume that the condition excludes a good part of the events.
pub(crate) fn is_public() -> Expr {
    Expr::col((event::Entity, event::Column::Status)).ne(Expr::cust("'draft'"))
}
