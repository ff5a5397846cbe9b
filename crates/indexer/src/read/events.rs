//! Events.

use super::{
    Event, EventFilter, Page, PageRequest, Reader,
    scan::{Scan, places_after_first},
};
use crate::{
    Error,
    database::{Row, Statement, Value},
    decode::Decoder,
    place::{PLACES_OF_BLOCK, parts},
};
use alloy_primitives::B256;

impl Reader {
    /// Events of a ledger, newest first.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`], [`Error::Cursor`] and [`Error::Database`].
    pub async fn events(
        &self,
        ledger: &str,
        filter: &EventFilter,
        request: &PageRequest,
    ) -> Result<Page<Event>, Error> {
        let id = self.id(ledger).await?;
        let values: Vec<Value> = filter
            .contract
            .map(Value::from)
            .into_iter()
            .chain(filter.topic.map(Value::from))
            .collect();
        let condition = match (filter.contract, filter.topic) {
            (Some(_), Some(_)) => "address = ? AND topic = ?",
            (Some(_), None) => "address = ?",
            (None, Some(_)) => "topic = ?",
            (None, None) => "TRUE",
        };
        let scan = Scan {
            table: "events",
            ledger: id,
            from: i64::MIN,
            until: i64::MAX,
            ways: vec![(condition, values)],
            filters: filter
                .subject
                .map(|subject| ("topic_second = ?", vec![Value::from(subject)]))
                .into_iter()
                .collect(),
        };
        let found = scan.find(&self.database, request).await?;
        let mut items = Vec::new();
        if !found.places.is_empty() {
            let condition = format!("e.position IN ({})", places_after_first(found.places.len()));
            let statement = select(&condition, "DESC")
                .bind(id)
                .bind_all(found.places.into_iter().map(Value::from))
                .once();
            items = self.events_by(id, statement).await?;
        }
        Ok(Page {
            items,
            next: found.next,
        })
    }

    /// Events of a transaction, in their order.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`], [`Error::Cursor`] and [`Error::Database`].
    pub async fn events_of(
        &self,
        ledger: &str,
        transaction: B256,
        request: &PageRequest,
    ) -> Result<Page<Event>, Error> {
        let id = self.id(ledger).await?;
        let statement = Statement::new(
            "SELECT event_first, event_count FROM transactions WHERE ledger = $1 AND hash = $2",
        );
        let Some(mut row) = self.database.row(statement.bind(id).bind(transaction)).await? else {
            return Ok(Page {
                items: Vec::new(),
                next: None,
            });
        };
        let (first, count): (i64, i64) = (row.take()?, row.take()?);
        // Here the cursor counts what was shown.
        let shown = match request.cursor {
            Some(_) => request.place()?.clamp(0, count),
            None => 0,
        };
        let until = shown
            .saturating_add(i64::try_from(request.count()).unwrap_or(i64::MAX))
            .min(count);
        let statement = select("e.position >= $2 AND e.position < $3", "ASC");
        let statement = statement.bind(id).bind(first + shown).bind(first + until);
        let items = self.events_by(id, statement).await?;
        Ok(Page {
            items,
            next: (until < count).then(|| super::cursor::cursor(&[super::cursor::Part::Number(until)])),
        })
    }

    async fn events_by(&self, ledger: i64, statement: Statement) -> Result<Vec<Event>, Error> {
        let rows = self.database.rows(statement).await?;
        let events: Result<Vec<Event>, Error> = rows.into_iter().map(event_of).collect();
        let mut events = events?;
        let emitters = events.iter().map(|event| event.address);
        let decoder = Decoder::load(&self.database, ledger, emitters).await?;
        for event in &mut events {
            event.decoded = decoder.event(event.address, &event.topics, &event.data);
        }
        Ok(events)
    }
}

fn select(condition: &str, order: &str) -> Statement {
    Statement::new(format!(
        "SELECT e.position, t.hash, b.time, e.address, e.topic, e.topic_second, e.topic_third, e.topic_fourth, e.data \
         FROM events e JOIN transactions t ON t.ledger = e.ledger AND t.position = e.transaction_position JOIN blocks b \
         ON b.ledger = e.ledger AND b.number = e.position / {PLACES_OF_BLOCK} WHERE e.ledger = $1 AND {condition} \
         ORDER BY e.position {order}"
    ))
}

fn event_of(mut row: Row) -> Result<Event, Error> {
    let (block, index) = parts(row.take()?);
    let (transaction, time, address) = (row.take()?, row.take()?, row.take()?);
    let mut topics = Vec::new();
    for _ in 0..4 {
        topics.extend(row.take::<Option<B256>>()?);
    }
    Ok(Event {
        block,
        index,
        transaction,
        time,
        address,
        topics,
        data: row.take::<Vec<u8>>()?.into(),
        decoded: None,
    })
}
