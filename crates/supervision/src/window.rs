//! Windows: what happened to a key within the last hours or days. Memory is bounded, and the bound never hides
//! anything silently: a key that had to be forgotten too early, and a count that stopped at its bound, are reported.
//!
//! A window holds at most [`BUCKETS`] buckets for a key, so it covers never less than its span and at most a 32nd part
//! more. Keys are forgotten when their last event is older than the span; only when there are more keys than the limit
//! allows is the one that was idle the longest forgotten before that, which counts as `evicted`.

use crate::{
    error::Fault,
    event::{SCALE, Text},
    language::Type,
};
use std::{
    collections::{HashMap, VecDeque, hash_map::RandomState},
    hash::BuildHasher,
};

/// Parts of a window that are forgotten as a whole: 3 % of its span is finer than any limit that a law sets.
const BUCKETS: u64 = 32;
/// Values that a key tells apart. They are looked through one by one, so it bounds the time of an event as well.
pub const DISTINCT_MAX: usize = 512;
/// Events that are named as evidence: the newest; the others are found by the key and the span.
pub const EVIDENCE_MAX: usize = 5;
/// Thousandths: in them deviations are calculated, so that squares of large amounts fit.
const COARSE: i128 = 1_000;

/// What a window says about the events of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// How many.
    Count,
    /// The sum of a number.
    Sum,
    /// How many different texts.
    Distinct,
    /// The mean of a number, before the event that is judged.
    Mean,
    /// The standard deviation of a number, before the event that is judged.
    Deviation,
    /// Seconds since the event before this one.
    Previous,
    /// Seconds since the first event, as long as the key was never idle for the span; at most the span.
    Age,
}

impl Aggregate {
    pub(crate) const ALL: [Self; 7] = [
        Self::Count,
        Self::Sum,
        Self::Distinct,
        Self::Mean,
        Self::Deviation,
        Self::Previous,
        Self::Age,
    ];

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|aggregate| aggregate.name() == name)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Distinct => "distinct",
            Self::Mean => "mean",
            Self::Deviation => "deviation",
            Self::Previous => "previous",
            Self::Age => "age",
        }
    }

    /// The type of its first argument, if it takes a value.
    pub(crate) const fn value(self) -> Option<Type> {
        match self {
            Self::Sum | Self::Mean | Self::Deviation => Some(Type::Decimal),
            Self::Distinct => Some(Type::Text),
            Self::Count | Self::Previous | Self::Age => None,
        }
    }

    pub(crate) const fn result(self, of: Type) -> Type {
        match self {
            Self::Sum => of,
            Self::Mean | Self::Deviation => Type::Decimal,
            Self::Count | Self::Distinct | Self::Previous | Self::Age => Type::Int,
        }
    }

    /// How far an answer looks back, in seconds.
    pub(crate) const fn horizon_seconds(self, span: u64) -> u64 {
        match self {
            // A key that is as old as the span had an event in the span before it.
            Self::Age => span.saturating_mul(2),
            _ => span,
        }
    }

    pub(crate) fn signature(self) -> String {
        let value = match self.value() {
            Some(Type::Text) => "text, ",
            Some(_) => "number, ",
            None => "",
        };
        format!("{}({value}key, 'span'[, condition[, at]])", self.name())
    }
}

/// What an event adds to a window.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry<'a> {
    /// Itself.
    One,
    /// A number in millionths.
    Number(i128),
    /// A text to tell apart.
    Text(&'a str),
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    first: u64,
    last: u64,
    count: u64,
    sum: i128,
    squares: i128,
}

const NOBODY: usize = usize::MAX;

#[derive(Debug)]
struct Slot {
    key: Box<str>,
    first: u64,
    last: u64,
    count: u64,
    sum: i128,
    squares: i128,
    buckets: VecDeque<Bucket>,
    /// Hashes of texts with their last time.
    texts: Vec<(u64, u64)>,
    /// The newest events with their times.
    evidence: VecDeque<(u64, Text)>,
    /// Neighbours in the order of their last event.
    older: usize,
    newer: usize,
}

/// What a window had to give up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Keys that were forgotten although they had events within the span.
    pub evicted: u64,
    /// Events whose text was not told apart, since the key had as many as it may.
    pub saturated: u64,
    /// Events that came so late that their window was over.
    pub late: u64,
}

/// An event that reaches a window.
pub(crate) struct Arrival<'a> {
    pub(crate) id: &'a Text,
    pub(crate) time: u64,
    pub(crate) key: &'a str,
    /// Nothing, if the window does not keep the event.
    pub(crate) entry: Option<Entry<'a>>,
    /// Whose figures are asked, where it is not the key.
    pub(crate) at: Option<&'a str>,
}

/// The state of one window of one rule.
#[derive(Debug)]
pub(crate) struct Window {
    aggregate: Aggregate,
    span: u64,
    keys_max: usize,
    index: HashMap<Box<str>, usize>,
    slots: Vec<Slot>,
    free: Vec<usize>,
    oldest: usize,
    newest: usize,
    /// The newest time that was seen.
    now: u64,
    hasher: RandomState,
    losses: Losses,
}

impl Window {
    pub(crate) fn new(aggregate: Aggregate, span: u64, keys_max: usize) -> Self {
        Self {
            aggregate,
            span,
            keys_max: keys_max.max(1),
            index: HashMap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            oldest: NOBODY,
            newest: NOBODY,
            now: 0,
            hasher: RandomState::new(),
            losses: Losses::default(),
        }
    }

    pub(crate) fn keys(&self) -> usize {
        self.index.len()
    }

    pub(crate) const fn losses(&self) -> Losses {
        self.losses
    }

    /// The newest events of a key within the span.
    pub(crate) fn evidence(&self, key: &str) -> impl Iterator<Item = &Text> {
        let slot = self.index.get(key).and_then(|slot| self.slots.get(*slot));
        let events = slot.into_iter().flat_map(|slot| slot.evidence.iter());
        let is_within = |time: u64| time.saturating_add(self.span) > self.now;
        events
            .filter(move |event| is_within(event.0))
            .map(|event| &event.1)
    }

    /// Takes an event in and answers. `None`: there is nothing to say about the key.
    pub(crate) fn take(&mut self, arrival: &Arrival<'_>) -> Result<Option<i128>, Fault> {
        self.now = self.now.max(arrival.time);
        let mut slot = self.index.get(arrival.key).copied();
        let answer_first = matches!(
            self.aggregate,
            Aggregate::Mean | Aggregate::Deviation | Aggregate::Previous
        );
        let mut answer = None;
        if answer_first {
            let asked = self.asked(arrival, slot);
            answer = self.answer(asked, arrival.time)?;
        }
        if let Some(entry) = arrival.entry {
            if arrival.time.saturating_add(self.span) <= self.now {
                self.losses.late += 1;
            } else {
                let place = match slot {
                    Some(slot) => slot,
                    None => self.admit(arrival.key, arrival.time),
                };
                slot = Some(place);
                self.keep(place, arrival, entry)?;
            }
        }
        if !answer_first {
            let asked = self.asked(arrival, slot);
            answer = self.answer(asked, arrival.time)?;
        }
        Ok(answer)
    }

    fn asked(&self, arrival: &Arrival<'_>, slot: Option<usize>) -> Option<usize> {
        arrival.at.map_or(slot, |at| self.index.get(at).copied())
    }

    /// Room for a new key: those whose time is over make it, else the one that was idle the longest.
    fn admit(&mut self, key: &str, time: u64) -> usize {
        // Two at a time, so that memory falls when a flood is over, and no event pays for all of it.
        for _ in 0..2 {
            let is_over = |slot: &Slot| slot.last.saturating_add(self.span) <= self.now;
            if self.slots.get(self.oldest).is_some_and(is_over) {
                self.forget(self.oldest);
            }
        }
        if self.index.len() >= self.keys_max {
            self.losses.evicted += 1;
            self.forget(self.oldest);
        }
        let fresh = Slot {
            key: key.into(),
            first: time,
            last: time,
            count: 0,
            sum: 0,
            squares: 0,
            buckets: VecDeque::new(),
            texts: Vec::new(),
            evidence: VecDeque::new(),
            older: NOBODY,
            newer: NOBODY,
        };
        let place = match self.free.pop() {
            Some(place) => {
                self.slots[place] = fresh;
                place
            }
            None => {
                self.slots.push(fresh);
                self.slots.len() - 1
            }
        };
        self.index.insert(key.into(), place);
        self.link(place);
        place
    }

    fn forget(&mut self, place: usize) {
        self.unlink(place);
        let slot = &mut self.slots[place];
        let key = std::mem::take(&mut slot.key);
        slot.buckets = VecDeque::new();
        slot.texts = Vec::new();
        slot.evidence = VecDeque::new();
        self.index.remove(&key);
        self.free.push(place);
    }

    fn unlink(&mut self, place: usize) {
        let (older, newer) = (self.slots[place].older, self.slots[place].newer);
        match self.slots.get_mut(older) {
            Some(slot) => slot.newer = newer,
            None => self.oldest = newer,
        }
        match self.slots.get_mut(newer) {
            Some(slot) => slot.older = older,
            None => self.newest = older,
        }
    }

    /// Puts it behind all others.
    fn link(&mut self, place: usize) {
        self.slots[place].older = self.newest;
        self.slots[place].newer = NOBODY;
        match self.slots.get_mut(self.newest) {
            Some(slot) => slot.newer = place,
            None => self.oldest = place,
        }
        self.newest = place;
    }

    fn keep(&mut self, place: usize, arrival: &Arrival<'_>, entry: Entry<'_>) -> Result<(), Fault> {
        if place != self.newest {
            self.unlink(place);
            self.link(place);
        }
        let hash = match entry {
            Entry::Text(text) => self.hasher.hash_one(text),
            _ => 0,
        };
        let (span, now, aggregate) = (self.span, self.now, self.aggregate);
        let slot = &mut self.slots[place];
        if slot.last.saturating_add(span) <= now {
            // It was idle for the whole span: it begins anew.
            slot.first = arrival.time;
        }
        slot.first = slot.first.min(arrival.time);
        slot.last = slot.last.max(arrival.time);
        if slot.evidence.len() == EVIDENCE_MAX {
            slot.evidence.pop_front();
        }
        slot.evidence.push_back((arrival.time, arrival.id.clone()));
        match aggregate {
            Aggregate::Previous | Aggregate::Age => Ok(()),
            Aggregate::Distinct => {
                let is_kept = slot.tell_apart(hash, arrival.time, now.saturating_sub(span));
                self.losses.saturated += u64::from(!is_kept);
                Ok(())
            }
            Aggregate::Count | Aggregate::Sum => {
                let number = if let Entry::Number(number) = entry {
                    number
                } else {
                    0
                };
                slot.add(arrival.time, span, number, 0)
            }
            Aggregate::Mean | Aggregate::Deviation => {
                let number = if let Entry::Number(number) = entry {
                    number
                } else {
                    0
                };
                let coarse = number / COARSE;
                let square = coarse.checked_mul(coarse).ok_or(Fault::Overflow)?;
                slot.add(arrival.time, span, number, square)
            }
        }
    }

    fn answer(&mut self, place: Option<usize>, time: u64) -> Result<Option<i128>, Fault> {
        let Some(slot) = place.and_then(|place| self.slots.get_mut(place)) else {
            let is_countable = matches!(
                self.aggregate,
                Aggregate::Count | Aggregate::Sum | Aggregate::Distinct
            );
            return Ok(is_countable.then_some(0));
        };
        let horizon = self.now.saturating_sub(self.span);
        slot.expire(horizon);
        let is_over = slot.last <= horizon && self.now >= self.span;
        let whole = |count: u64| i128::from(count) * SCALE;
        let count = i128::from(slot.count);
        Ok(match self.aggregate {
            Aggregate::Count => Some(whole(slot.count)),
            Aggregate::Sum => Some(slot.sum),
            Aggregate::Distinct => {
                let texts = slot
                    .texts
                    .iter()
                    .filter(|text| text.1 > horizon || horizon == 0)
                    .count();
                Some(whole(u64::try_from(texts).unwrap_or(u64::MAX)))
            }
            Aggregate::Mean => (count > 0).then(|| slot.sum / count),
            Aggregate::Deviation if count < 2 => None,
            Aggregate::Deviation => {
                let total = slot.sum / COARSE;
                let wide = slot.squares.checked_mul(count).ok_or(Fault::Overflow)?;
                let square = total.checked_mul(total).ok_or(Fault::Overflow)?;
                // Sums of cut-off thousandths can be a little less than what they stand for.
                let variance = (wide - square).max(0) / (count * count);
                Some(variance.isqrt() * COARSE)
            }
            Aggregate::Previous if is_over => None,
            Aggregate::Previous => Some(whole(time.saturating_sub(slot.last))),
            Aggregate::Age => Some(whole(time.saturating_sub(slot.first).min(self.span))),
        })
    }
}

impl Slot {
    fn add(&mut self, time: u64, span: u64, number: i128, square: i128) -> Result<(), Fault> {
        let sum = self.sum.checked_add(number).ok_or(Fault::Overflow)?;
        let squares = self.squares.checked_add(square).ok_or(Fault::Overflow)?;
        // Buckets begin at multiples of their width, so that it does not matter with which event a state began.
        let width = (span / BUCKETS).max(1);
        match self.buckets.back_mut() {
            // What comes late goes to the newest bucket: it is kept a little longer than it must be.
            Some(bucket) if time / width <= bucket.first / width => {
                bucket.last = bucket.last.max(time);
                bucket.count += 1;
                bucket.sum += number;
                bucket.squares += square;
            }
            _ => self.buckets.push_back(Bucket {
                first: time,
                last: time,
                count: 1,
                sum: number,
                squares: square,
            }),
        }
        self.count += 1;
        self.sum = sum;
        self.squares = squares;
        Ok(())
    }

    /// Forgets the buckets whose last event is not behind the horizon.
    fn expire(&mut self, horizon: u64) {
        while let Some(bucket) = self.buckets.front()
            && bucket.last <= horizon
            && horizon > 0
        {
            self.count -= bucket.count;
            self.sum -= bucket.sum;
            self.squares -= bucket.squares;
            self.buckets.pop_front();
        }
    }

    /// Whether the text is among those that are told apart.
    fn tell_apart(&mut self, hash: u64, time: u64, horizon: u64) -> bool {
        if let Some(known) = self.texts.iter_mut().find(|text| text.0 == hash) {
            known.1 = known.1.max(time);
            return true;
        }
        // Before it grows, too: what is over needs no memory.
        if self.texts.len() >= DISTINCT_MAX || self.texts.len() == self.texts.capacity() {
            self.texts.retain(|text| text.1 > horizon);
        }
        if self.texts.len() >= DISTINCT_MAX {
            return false;
        }
        self.texts.push((hash, time));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(window: &mut Window, key: &str, time: u64, entry: Entry<'_>) -> Option<i128> {
        let id: Text = format!("{key}@{time}").into();
        let arrival = Arrival {
            id: &id,
            time,
            key,
            entry: Some(entry),
            at: None,
        };
        window.take(&arrival).unwrap()
    }

    #[test]
    fn sums_cover_the_span_and_at_most_a_32nd_more() {
        let span = 3_200;
        let mut window = Window::new(Aggregate::Sum, span, 10);
        let mut history = VecDeque::new();
        for step in 0..2_000_u64 {
            let time = 10_000 + step * 7;
            let number = i128::from(step % 13) * SCALE;
            history.push_back((time, number));
            let answer = put(&mut window, "a", time, Entry::Number(number)).unwrap();
            let total = |reach: u64| -> i128 {
                history
                    .iter()
                    .filter(|entry| entry.0 + reach > time)
                    .map(|entry| entry.1)
                    .sum()
            };
            assert!(answer >= total(span), "step {step}");
            assert!(answer <= total(span + span / BUCKETS + 1), "step {step}");
        }
    }

    #[test]
    fn a_key_that_is_forgotten_too_early_is_counted() {
        let mut window = Window::new(Aggregate::Count, 100, 3);
        for (index, key) in ["a", "b", "c"].into_iter().enumerate() {
            put(&mut window, key, 1_000 + index as u64, Entry::One);
        }
        put(&mut window, "a", 1_010, Entry::One);
        assert_eq!(put(&mut window, "d", 1_011, Entry::One), Some(SCALE));
        assert_eq!(window.losses().evicted, 1);
        assert_eq!(window.keys(), 3);
        // `b` was idle the longest; `a` is still known.
        assert_eq!(put(&mut window, "a", 1_012, Entry::One), Some(3 * SCALE));
        // After the span there is room without loss.
        assert_eq!(put(&mut window, "e", 2_000, Entry::One), Some(SCALE));
        assert_eq!(window.losses().evicted, 1);
    }

    #[test]
    fn texts_are_told_apart_within_the_span() {
        let mut window = Window::new(Aggregate::Distinct, 100, 3);
        assert_eq!(put(&mut window, "a", 1_000, Entry::Text("x")), Some(SCALE));
        assert_eq!(put(&mut window, "a", 1_050, Entry::Text("y")), Some(2 * SCALE));
        assert_eq!(put(&mut window, "a", 1_050, Entry::Text("y")), Some(2 * SCALE));
        assert_eq!(put(&mut window, "a", 1_101, Entry::Text("z")), Some(2 * SCALE));
        for index in 0..DISTINCT_MAX {
            put(&mut window, "b", 1_102, Entry::Text(&index.to_string()));
        }
        assert_eq!(window.losses().saturated, 0);
        put(&mut window, "b", 1_102, Entry::Text("one more"));
        assert_eq!(window.losses().saturated, 1);
    }

    #[test]
    fn baselines_leave_out_the_event_that_is_judged() {
        let mut mean = Window::new(Aggregate::Mean, 1_000, 3);
        let mut deviation = Window::new(Aggregate::Deviation, 1_000, 3);
        assert_eq!(put(&mut mean, "a", 1, Entry::Number(2 * SCALE)), None);
        assert_eq!(put(&mut mean, "a", 2, Entry::Number(4 * SCALE)), Some(2 * SCALE));
        assert_eq!(
            put(&mut mean, "a", 3, Entry::Number(900 * SCALE)),
            Some(3 * SCALE)
        );
        for (time, number) in [2, 4, 4, 4, 5, 5, 7, 9].into_iter().enumerate() {
            put(&mut deviation, "a", time as u64, Entry::Number(number * SCALE));
        }
        assert_eq!(put(&mut deviation, "a", 9, Entry::Number(0)), Some(2 * SCALE));
    }

    #[test]
    fn time_since_the_event_before_is_known_until_the_span_is_over() {
        let mut window = Window::new(Aggregate::Previous, 100, 3);
        assert_eq!(put(&mut window, "a", 1_000, Entry::One), None);
        assert_eq!(put(&mut window, "a", 1_060, Entry::One), Some(60 * SCALE));
        assert_eq!(put(&mut window, "a", 1_161, Entry::One), None);
    }

    #[test]
    fn late_events_are_counted_and_change_nothing() {
        let mut window = Window::new(Aggregate::Count, 100, 3);
        put(&mut window, "a", 1_000, Entry::One);
        assert_eq!(put(&mut window, "a", 900, Entry::One), Some(SCALE));
        assert_eq!(window.losses().late, 1);
        assert_eq!(put(&mut window, "a", 901, Entry::One), Some(2 * SCALE));
    }
}
