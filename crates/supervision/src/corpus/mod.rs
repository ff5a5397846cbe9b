//! A labelled corpus: the life of a small city for some months, with patterns that are injected and labelled. It is
//! made by code from a seed, so that precision and recall can be measured by anyone, and no data of people are needed.
//!
//! What it shows is that the detectors find what they are made for and how often ordinary life looks like it. It does
//! not show what a real city's figures would be: for that there are back-tests and shadow mode.

mod chance;
mod life;
mod patterns;
mod people;
mod score;

pub use score::{Score, score};

pub(crate) use chance::Chance;

use crate::{
    detectors::{Detector, SANCTIONS},
    event::{Event, Text},
    lists::Lists,
};
use life::Writer;
use patterns::{Injected, inject};
use people::People;
use std::collections::VecDeque;

/// Seconds of a day.
pub(crate) const DAY: u64 = 86_400;

/// What a corpus is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Other seed, other corpus.
    pub seed: u64,
    /// The first second, since 1970.
    pub start: u64,
    /// How long it lasts. Dormancy needs more than 200 days.
    pub days: u64,
    /// How many live there, at least 100.
    pub persons: usize,
    /// A person buys up to so many things a day.
    pub purchases_max: u64,
    /// Seconds from block to block of each of three chains.
    pub block_seconds: u64,
    /// How often each pattern is injected.
    pub patterns: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 20_261_130,
            start: 1_767_225_600,
            days: 300,
            persons: 2_000,
            purchases_max: 3,
            block_seconds: 120,
            patterns: 40,
        }
    }
}

/// A pattern that was injected: the detector should find one of the subjects in that time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Who should find it.
    pub detector: Detector,
    /// The account, the identity behind it.
    pub subjects: Vec<Text>,
    /// Its first second.
    pub from: u64,
    /// Its last.
    pub until: u64,
}

/// A corpus: an iterator over its events, in the order of their time, made day by day.
#[derive(Debug)]
pub struct Corpus {
    settings: Settings,
    people: People,
    chance: Chance,
    injected: Injected,
    /// Events of patterns that are to come, in order.
    planned: VecDeque<Event>,
    day: u64,
    today: VecDeque<Event>,
    /// Events of ordinary life that fall on later days.
    later: Vec<Event>,
}

impl Corpus {
    /// Makes a corpus.
    pub fn new(settings: Settings) -> Self {
        let mut chance = Chance::new(settings.seed);
        let people = People::new(&settings, &mut chance);
        let mut writer = Writer::new(1 << 60);
        let injected = inject(&settings, &people, &mut writer, &mut chance);
        let mut planned = writer.events;
        planned.sort_by_key(|event| event.time);
        Self {
            settings,
            people,
            chance,
            injected,
            planned: planned.into(),
            day: 0,
            today: VecDeque::new(),
            later: Vec::new(),
        }
    }

    /// What was injected.
    pub fn labels(&self) -> &[Label] {
        &self.injected.labels
    }

    /// The lists that the detectors ask.
    pub fn lists(&self) -> Lists {
        let mut lists = Lists::new();
        lists.insert(
            SANCTIONS,
            1,
            self.injected.sanctioned.iter().map(|account| &**account),
        );
        lists
    }

    fn make_day(&mut self) {
        let end = self.settings.start + (self.day + 1) * DAY;
        let silent = &self.injected.silent;
        let mut events = life::day(&self.settings, &self.people, self.day, silent, &mut self.chance);
        events.append(&mut self.later);
        while self.planned.front().is_some_and(|event| event.time < end) {
            events.extend(self.planned.pop_front());
        }
        events.sort_by_key(|event| event.time);
        let first_later = events.partition_point(|event| event.time < end);
        self.later = events.split_off(first_later);
        self.today = events.into();
        self.day += 1;
    }
}

impl Iterator for Corpus {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        while self.today.is_empty() {
            if self.day >= self.settings.days {
                return None;
            }
            self.make_day();
        }
        self.today.pop_front()
    }
}
