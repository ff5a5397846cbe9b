//! Connections that come back to their pool.

use sqlx::{Connection as _, SqliteConnection, TransactionManager as _, sqlite::SqliteTransactionManager};

/// Whether a connection that comes back is in no transaction. Where who began one was dropped at a certain moment, nobody ends
/// it, and the connection would never begin another: it is closed.
pub(super) async fn is_free(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // What was sent before is done when this is answered.
    connection.ping().await?;
    Ok(SqliteTransactionManager::get_transaction_depth(connection) == 0)
}
