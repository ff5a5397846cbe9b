//! Transactions.

use super::{
    LIST_INPUT_BYTES_MAX, Page, PageRequest, Reader, Transaction, TransactionFilter,
    scan::{Condition, Scan, places_after_first},
};
use crate::{
    Error,
    database::{Row, Statement, Value},
    decode::Decoder,
    place::{HEIGHT_MAX, PLACES_OF_BLOCK, first_place, parts},
};
use alloy_primitives::B256;

impl Reader {
    /// Transactions of a ledger, newest first.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`], [`Error::Cursor`] and [`Error::Database`].
    pub async fn transactions(
        &self,
        ledger: &str,
        filter: &TransactionFilter,
        request: &PageRequest,
    ) -> Result<Page<Transaction>, Error> {
        let id = self.id(ledger).await?;
        let found = scan(id, filter)?.find(&self.database, request).await?;
        Ok(Page {
            items: self.transactions_at(id, found.places).await?,
            next: found.next,
        })
    }

    /// The transactions at these places, newest first.
    pub(super) async fn transactions_at(
        &self,
        ledger: i64,
        places: Vec<i64>,
    ) -> Result<Vec<Transaction>, Error> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let condition = format!("t.position IN ({})", places_after_first(places.len()));
        let statement = select(&format!("substr(t.input, 1, {LIST_INPUT_BYTES_MAX})"), &condition)
            .bind(ledger)
            .bind_all(places.into_iter().map(Value::from))
            .once();
        self.transactions_of(ledger, statement).await
    }

    /// A transaction of a ledger.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn transaction(&self, ledger: &str, hash: B256) -> Result<Option<Transaction>, Error> {
        let id = self.id(ledger).await?;
        let statement = select("t.input", "t.hash = $2").bind(id).bind(hash);
        Ok(self.transactions_of(id, statement).await?.pop())
    }

    async fn transactions_of(&self, ledger: i64, statement: Statement) -> Result<Vec<Transaction>, Error> {
        let rows = self.database.rows(statement).await?;
        let read: Result<Vec<(Transaction, bool)>, Error> = rows.into_iter().map(transaction_of).collect();
        let mut read = read?;
        let called = read.iter().filter_map(|(transaction, _)| transaction.recipient);
        let decoder = Decoder::load(&self.database, ledger, called).await?;
        for (transaction, is_whole) in &mut read {
            transaction.decoded = transaction
                .recipient
                .and_then(|to| decoder.call(to, &transaction.input, *is_whole));
        }
        Ok(read.into_iter().map(|(transaction, _)| transaction).collect())
    }
}

fn select(input: &str, condition: &str) -> Statement {
    Statement::new(format!(
        "SELECT t.position, b.time, t.hash, t.sender, t.recipient, t.created, t.nonce, t.value, {input}, length(t.input), \
         t.kind, t.status, t.gas_limit, t.gas_used, t.gas_price, t.event_count FROM transactions t JOIN blocks b \
         ON b.ledger = t.ledger AND b.number = t.position / {PLACES_OF_BLOCK} WHERE t.ledger = $1 AND {condition} \
         ORDER BY t.position DESC"
    ))
}

/// A transaction, and whether its input is whole.
fn transaction_of(mut row: Row) -> Result<(Transaction, bool), Error> {
    let (block, index) = parts(row.take()?);
    let (time, hash, sender) = (row.take()?, row.take()?, row.take()?);
    let (recipient, created, nonce) = (row.take()?, row.take()?, row.take()?);
    let value = row.take()?;
    // A piece of nothing is nothing at all to SQLite.
    let input = row.take::<Option<Vec<u8>>>()?.unwrap_or_default();
    let length: u64 = row.take()?;
    let is_whole = u64::try_from(input.len()).is_ok_and(|kept| kept == length);
    let transaction = Transaction {
        hash,
        block,
        index,
        time,
        sender,
        recipient,
        created,
        nonce,
        value,
        input: input.into(),
        kind: row.take()?,
        success: row.take::<i64>()? != 0,
        gas_limit: row.take()?,
        gas_used: row.take()?,
        gas_price: row.take()?,
        events: row.take()?,
        decoded: None,
    };
    Ok((transaction, is_whole))
}

/// The indexes that lead to what fits, and what is to be looked at besides.
fn scan(ledger: i64, filter: &TransactionFilter) -> Result<Scan, Error> {
    let (from, until) = match filter.block {
        // No ledger has a block above: nothing is found there.
        Some(block) => {
            let block = block.min(HEIGHT_MAX);
            (first_place(block)?, first_place(block + 1)?)
        }
        None => (i64::MIN, i64::MAX),
    };
    let method = filter
        .method
        .map(|selector| vec![Value::from(selector.as_slice())]);
    let contract = filter.contract.map(|contract| vec![Value::from(contract)]);
    let mut filters: Vec<Condition> = Vec::new();
    let ways = match (filter.account, contract, method) {
        (Some(account), contract, method) => {
            let account = vec![Value::from(account)];
            filters.extend(contract.map(|contract| ("recipient = ?", contract)));
            filters.extend(method.map(|method| ("selector = ?", method)));
            vec![
                ("sender = ?", account.clone()),
                ("recipient = ?", account.clone()),
                ("created = ? AND created IS NOT NULL", account),
            ]
        }
        (None, Some(contract), method) => {
            filters.extend(method.map(|method| ("selector = ?", method)));
            vec![("recipient = ?", contract)]
        }
        (None, None, Some(method)) => vec![("selector = ?", method)],
        (None, None, None) if filter.success == Some(false) => vec![("status = 0", Vec::new())],
        (None, None, None) => vec![("TRUE", Vec::new())],
    };
    let is_covered = ways.iter().any(|(way, _)| *way == "status = 0");
    match filter.success {
        Some(true) => filters.push(("status <> 0", Vec::new())),
        Some(false) if !is_covered => filters.push(("status = 0", Vec::new())),
        Some(false) | None => {}
    }
    Ok(Scan {
        table: "transactions",
        ledger,
        from,
        until,
        ways,
        filters,
    })
}
