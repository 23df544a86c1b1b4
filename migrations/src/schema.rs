//! Helpers that shorten the definition of tables, columns and indexes.

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

/// Makes a column nullable.
pub(crate) fn optional(mut column: ColumnDef) -> ColumnDef {
    column.null();
    column
}

/// Creates a table of these columns, which are `NOT NULL` unless made [`optional`].
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

/// Adds a named `CHECK` constraint.
pub(crate) fn check(table: &mut TableCreateStatement, name: &'static str, condition: &'static str) {
    table.check((name, Expr::cust(condition)));
}

/// Makes the columns together the primary key.
pub(crate) fn primary_key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    for column in columns {
        index.col(*column);
    }
    index.primary();
    index
}

/// Makes `column` a foreign key to the `id` of `target`.
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

/// Creates an index.
pub(crate) fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// Creates indexes that have a condition. SeaQuery's index statement knows none; the SQL is the same on both engines.
pub(crate) async fn create_partial_indexes(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Drops tables in this order.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        manager.drop_table(Table::drop().table(*name).take()).await?;
    }
    Ok(())
}

fn column(name: &'static str, kind: fn(&mut ColumnDef) -> &mut ColumnDef) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    kind(&mut column);
    column
}
