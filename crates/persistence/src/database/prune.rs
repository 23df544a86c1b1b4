//! Deletes many rows in small transactions, so that others that write need not wait long.

use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ConnectionTrait as _, EntityTrait};

use crate::database::error::StoreError;
use crate::database::store::Store;

impl Store {
    /// Deletes the rows of a table whose `key` is one of those that `keys` selects, `batch_size` rows in a transaction,
    /// until none is left. `keys` selects each row once, because a batch that deletes fewer rows than its size is the last.
    /// Returns their number. If another instance deletes them too, this may end early.
    pub(crate) async fn delete_in_batches<E: EntityTrait>(
        &self,
        table: E,
        key: Expr,
        mut keys: SelectStatement,
        batch_size: u64,
    ) -> Result<u64, StoreError> {
        keys.limit(batch_size);
        let mut delete = Query::delete();
        delete.from_table(table).and_where(key.in_subquery(keys));
        let mut removed = 0;
        loop {
            let batch = self
                .write(|transaction| {
                    let delete = delete.clone();
                    Box::pin(async move { Ok(transaction.execute(&delete).await?.rows_affected()) })
                })
                .await?;
            removed += batch;
            if batch < batch_size {
                return Ok(removed);
            }
        }
    }
}
