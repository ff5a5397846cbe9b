//! The stream of events: one task watches the ledgers, and every client of the stream listens to it.
//!
//! A client that is too slow misses events, never holds up others: pages ask again for what they show.

use crate::{
    api::overview::StreamEvent,
    login::{Logins, Session},
    problem::{Kind, Problem},
    state::{Console, Shared},
    time::{iso, now},
    words,
};
use axum::response::sse::Event;
use civitas_indexer::{
    Lag, Reader,
    read::{BlockKey, EventFilter, PAGE_ITEMS_MAX, PageRequest},
};
use civitas_monitor::{
    LedgerEvent, Time,
    api::{Change, HistoryEntry},
};
use futures::{Stream, StreamExt, future::ready, stream};
use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

/// Streams, at most: each holds a connection.
const STREAMS_MAX: usize = 500;
/// Streams of one client: an office behind one address, with some pages open each. Nobody can take all places.
const STREAMS_OF_CLIENT_MAX: usize = 50;
/// Events that a slow client may be behind.
const BEHIND_MAX: usize = 256;
/// Pages of events that are offered to alarms at a time: an index that catches up rings for the newest thousand.
const EVENT_PAGES_MAX: usize = 5;
/// A client is told before its session ends, this early.
const BEFORE_END: Duration = Duration::from_secs(120);

/// How often it is looked whether who listens still may: as fresh as what a request is told of roles.
const STANDS_INTERVAL: Duration = Duration::from_secs(15);

/// What is told to all.
pub struct Broadcast {
    sender: broadcast::Sender<StreamEvent>,
    places: Arc<Mutex<Places>>,
}

/// Streams that are listened to, by client.
#[derive(Default)]
struct Places {
    total: usize,
    of: HashMap<String, usize>,
}

impl Default for Broadcast {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BEHIND_MAX).0,
            places: Arc::default(),
        }
    }
}

/// A place of a client, as long as its stream lives.
struct Place {
    places: Arc<Mutex<Places>>,
    client: String,
}

impl Place {
    /// Takes one, if there is one left for the client.
    fn take(places: &Arc<Mutex<Places>>, client: &str) -> Option<Self> {
        let mut taken = places.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.of.get(client).copied().unwrap_or_default();
        if taken.total >= STREAMS_MAX || own >= STREAMS_OF_CLIENT_MAX {
            return None;
        }
        taken.total += 1;
        taken.of.insert(client.to_owned(), own + 1);
        Some(Self {
            places: Arc::clone(places),
            client: client.to_owned(),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total = taken.total.saturating_sub(1);
        if let Some(own) = taken.of.get_mut(&self.client) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.of.remove(&self.client);
            }
        }
    }
}

/// The events for one client; they end with the session that listens, or when its rights become fewer.
///
/// # Errors
/// Too many clients listen.
pub fn events(
    console: &Shared,
    client: &str,
    alarms: bool,
    session: Option<Session>,
) -> Result<impl Stream<Item = Result<Event, Infallible>> + use<>, Problem> {
    let place = Place::take(&console.broadcast.places, client)
        .ok_or_else(|| Problem::new(Kind::TOO_MANY).with_retry_after(10))?;
    let ledgers =
        BroadcastStream::new(console.broadcast.sender.subscribe()).filter_map(|event| ready(event.ok()));
    let rings = BroadcastStream::new(console.monitor.subscribe());
    let rings = rings.filter_map(move |entry| ready(entry.ok().filter(|_| alarms).as_ref().and_then(ring)));
    let cookie = session.as_ref().filter(|session| session.by_cookie);
    let expires = cookie.map(|session| session.expires);
    let end = async move {
        let Some(expires) = expires else {
            return std::future::pending().await;
        };
        let left = Duration::from_secs(expires.saturating_sub(now())).saturating_sub(BEFORE_END);
        tokio::time::sleep(left).await;
        StreamEvent::Session {
            expires: iso(expires),
        }
    };
    let mut ending = console.ending.clone();
    let over = async move {
        // An error says that nobody is left to end it, which means the same.
        let _ = ending.wait_for(|ends| *ends).await;
    };
    let logins = Arc::clone(&console.logins);
    let over = async move {
        tokio::select! {
            () = over => {}
            () = revoked(logins, session) => {}
        }
    };
    let all = stream::select(
        stream::select(Box::pin(ledgers), Box::pin(rings)),
        Box::pin(stream::once(end)),
    );
    let told = all.take_until(Box::pin(over)).map(move |event| {
        let _ = &place;
        Ok(told(&event))
    });
    Ok(told)
}

/// Ends when a session that was there no longer stands with its rights; never for a guest.
async fn revoked(logins: Arc<Logins>, session: Option<Session>) {
    let Some(session) = session else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(STANDS_INTERVAL).await;
        if !logins.stands(&session).await {
            return;
        }
    }
}

/// An event as the stream carries it.
fn told(event: &StreamEvent) -> Event {
    let name = match event {
        StreamEvent::Block { .. } => "block",
        StreamEvent::Lag { .. } => "lag",
        StreamEvent::Alarm { .. } => "alarm",
        StreamEvent::Session { .. } => "session",
    };
    let data = serde_json::to_string(event).unwrap_or_default();
    Event::default().event(name).data(data)
}

fn ring(entry: &HistoryEntry) -> Option<StreamEvent> {
    let state = match entry.change {
        Change::Fired => "firing",
        Change::Resolved => "resolved",
        _ => return None,
    };
    let severity = entry
        .severity
        .and_then(|severity| serde_json::to_value(severity).ok());
    Some(StreamEvent::Alarm {
        id: entry.subject.clone(),
        name: entry.name.clone(),
        severity: severity
            .and_then(|severity| severity.as_str().map(str::to_owned))
            .unwrap_or_default(),
        state: state.to_owned(),
        summary: entry.detail.clone(),
    })
}

/// Tells new blocks and lags, until the console ends.
pub async fn watch(console: Arc<Console>) {
    let mut lags = console.lags.clone();
    let mut ending = console.ending.clone();
    let mut told: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    loop {
        tokio::select! {
            changed = lags.changed() => if changed.is_err() { return },
            _ = ending.wait_for(|ends| *ends) => return,
        }
        let now = lags.borrow_and_update().clone();
        for lag in now.into_values() {
            let before = told.get(&lag.ledger).map(|(height, _)| *height);
            // What happened while the console was away rings too; at its very first start all is history.
            let before = before.max(console.monitor.offered_height(&lag.ledger));
            tell(&console.index, &console.broadcast, &lag, &mut told).await;
            let Some(height) = lag.indexed else { continue };
            match before {
                Some(before) if before < height => offer(&console, &lag.ledger, before, height).await,
                Some(_) => {}
                None => console.monitor.offer_events(&lag.ledger, height, &[]),
            }
        }
    }
}

async fn tell(index: &Reader, broadcast: &Broadcast, lag: &Lag, told: &mut BTreeMap<String, (u64, u64)>) {
    let Some(height) = lag.indexed else { return };
    let behind = lag.head.unwrap_or(height).saturating_sub(height);
    let last = told.insert(lag.ledger.clone(), (height, behind));
    if last.map(|(_, behind)| behind) != Some(behind) {
        // Nobody who listens is no fault.
        let _ = broadcast.sender.send(StreamEvent::Lag {
            ledger: lag.ledger.clone(),
            lag: behind,
        });
    }
    if last.map(|(height, _)| height) == Some(height) {
        return;
    }
    if let Ok(Some(block)) = index.block(&lag.ledger, BlockKey::Number(height)).await {
        let _ = broadcast.sender.send(StreamEvent::Block {
            ledger: lag.ledger.clone(),
            height,
            hash: block.hash.to_string(),
            transactions: block.transactions,
            at: iso(block.time),
        });
    }
}

/// Offers the events above a height, up to another, to the rules of alarms, oldest first.
async fn offer(console: &Console, ledger: &str, above: u64, height: u64) {
    let mut page = PageRequest {
        cursor: None,
        limit: Some(PAGE_ITEMS_MAX),
    };
    let mut found = Vec::new();
    for _ in 0..EVENT_PAGES_MAX {
        let Ok(events) = console.index.events(ledger, &EventFilter::default(), &page).await else {
            return;
        };
        let new = events
            .items
            .iter()
            .take_while(|event| event.block > above)
            .count();
        let all = new == events.items.len();
        found.extend(events.items.into_iter().take(new));
        page.cursor = events.next;
        if !all || page.cursor.is_none() {
            break;
        }
    }
    // What came in between, above `height`, is left for the next time.
    let events = found.into_iter().rev().filter(|event| event.block <= height);
    let events: Vec<LedgerEvent> = events.map(|event| offered(ledger, event)).collect();
    console.monitor.offer_events(ledger, height, &events);
}

fn offered(ledger: &str, event: civitas_indexer::read::Event) -> LedgerEvent {
    let system = civitas_sdk::contracts::contract_at(event.address).map(|contract| contract.name.to_owned());
    let topic = event.topics.first().map(ToString::to_string).unwrap_or_default();
    let decoded = event.decoded;
    let named = decoded.as_ref().and_then(|decoded| decoded.contract.clone());
    LedgerEvent {
        ledger: ledger.to_owned(),
        height: event.block,
        time: Time(i64::try_from(event.time.saturating_mul(1_000)).unwrap_or(i64::MAX)),
        transaction: event.transaction.to_string(),
        address: event.address.to_string(),
        contract: system.or(named),
        event: decoded.as_ref().map_or(topic, |decoded| decoded.name.clone()),
        arguments: decoded
            .map(|decoded| decoded.arguments)
            .unwrap_or_default()
            .into_iter()
            .map(|argument| (argument.name, words::text(&argument.value)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_client_takes_all_places() {
        let places = Arc::default();
        let take = |client: &str| Place::take(&places, client);
        let greedy: Vec<Place> = std::iter::repeat_with(|| take("greedy"))
            .map_while(|place| place)
            .collect();
        assert_eq!(greedy.len(), STREAMS_OF_CLIENT_MAX);
        let other = take("other");
        assert!(other.is_some());
        drop(greedy);
        assert!(take("greedy").is_some());
        drop(other);
        assert_eq!(places.lock().unwrap().total, 0);
        let all: Vec<Place> = (0..STREAMS_MAX)
            .filter_map(|number| take(&number.to_string()))
            .collect();
        assert_eq!(all.len(), STREAMS_MAX);
        assert!(take("one more").is_none());
    }
}
