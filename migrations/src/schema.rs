//! Short words for columns, so that a table reads like one.

use sea_orm_migration::prelude::*;

pub(crate) fn uuid(name: &'static str) -> ColumnDef {
    column(name, ColumnDef::uuid)
}

pub(crate) fn text(name: &'static str) -> ColumnDef {
    column(name, ColumnDef::text)
}

pub(crate) fn number(name: &'static str) -> ColumnDef {
    column(name, ColumnDef::big_integer)
}

pub(crate) fn boolean(name: &'static str) -> ColumnDef {
    column(name, ColumnDef::boolean)
}

pub(crate) fn instant(name: &'static str) -> ColumnDef {
    column(name, ColumnDef::timestamp_with_time_zone)
}

pub(crate) fn json(name: &'static str) -> ColumnDef {
    column(name, ColumnDef::json_binary)
}

/// The same column, holding NULL where there is nothing.
pub(crate) fn optional(mut column: ColumnDef) -> ColumnDef {
    column.null();
    column
}

/// A table of these columns.
pub(crate) fn table(name: &'static str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for mut column in columns {
        if !column.get_column_spec().nullable.unwrap_or(false) {
            column.not_null();
        }
        table.col(column);
    }
    table
}

/// A named check.
pub(crate) fn check(table: &mut TableCreateStatement, name: &'static str, condition: &'static str) {
    table.check((name, Expr::cust(condition)));
}

/// The columns together are the primary key.
pub(crate) fn primary_key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    for column in columns {
        index.col(*column);
    }
    index.primary();
    index
}

/// `column` names a row of `target`, whose going takes this row along.
pub(crate) fn references(
    name: &'static str,
    table: &'static str,
    column: &'static str,
    target: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.name(name).from(table, column).to(target, "id").on_delete(on_delete);
    key
}

/// An index; its name says table and columns.
pub(crate) fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

fn column(name: &'static str, kind: fn(&mut ColumnDef) -> &mut ColumnDef) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    kind(&mut column);
    column
}
