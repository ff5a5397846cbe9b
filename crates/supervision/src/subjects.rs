//! Who was found or heard lately: the memory behind cooldowns and silence. Bounded; what is forgotten too early can
//! make a finding come twice (cooldown), or is counted (silence).

use crate::event::Text;
use std::collections::{BTreeSet, HashMap, VecDeque};

/// Subjects that were found within the cooldown.
#[derive(Debug, Default)]
pub(crate) struct Found {
    subjects: HashMap<Box<str>, (u64, u64)>,
    order: VecDeque<(u64, Box<str>)>,
}

impl Found {
    /// Whether a match is a finding: then how many were held back before it. Else it is held back.
    pub(crate) fn admit(
        &mut self,
        subject: &str,
        time: u64,
        cooldown: u64,
        subjects_max: usize,
    ) -> Option<u64> {
        if cooldown == 0 {
            return Some(0);
        }
        while let Some((found, _)) = self.order.front()
            && (found.saturating_add(cooldown) <= time && self.order.len() > subjects_max / 2
                || self.order.len() > subjects_max)
        {
            if let Some((found, oldest)) = self.order.pop_front()
                && self.subjects.get(&oldest).is_some_and(|state| state.0 == found)
            {
                self.subjects.remove(&oldest);
            }
        }
        if let Some((found, held_back)) = self.subjects.get_mut(subject) {
            if time < found.saturating_add(cooldown) {
                *held_back += 1;
                return None;
            }
            let before = std::mem::take(held_back);
            *found = time;
            self.order.push_back((time, subject.into()));
            return Some(before);
        }
        self.subjects.insert(subject.into(), (time, 0));
        self.order.push_back((time, subject.into()));
        Some(0)
    }
}

/// The last that was heard of a subject.
#[derive(Clone, Debug)]
pub(crate) struct Sign {
    pub(crate) time: u64,
    pub(crate) chain: Text,
    pub(crate) event: Text,
}

/// Subjects that are expected to be heard again.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    signs: HashMap<Box<str>, Sign>,
    /// Those that were not yet found silent, the one that was heard longest ago first.
    waiting: BTreeSet<(u64, Box<str>)>,
    pub(crate) evicted: u64,
}

impl Heard {
    pub(crate) fn hear(&mut self, subject: &str, sign: Sign, subjects_max: usize) {
        if let Some(known) = self.signs.get_mut(subject) {
            if sign.time >= known.time {
                let before = (known.time, Box::from(subject));
                self.waiting.remove(&before);
                self.waiting.insert((sign.time, before.1));
                *known = sign;
            }
            return;
        }
        if self.signs.len() >= subjects_max {
            self.evicted += 1;
            return;
        }
        self.waiting.insert((sign.time, subject.into()));
        self.signs.insert(subject.into(), sign);
    }

    /// Takes one that was silent for so long.
    pub(crate) fn silent(&mut self, now: u64, seconds: u64) -> Option<(Box<str>, Sign)> {
        let (time, _) = self.waiting.first()?;
        if time.saturating_add(seconds) > now {
            return None;
        }
        let (_, subject) = self.waiting.pop_first()?;
        let sign = self.signs.get(&subject).cloned()?;
        Some((subject, sign))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_found_once_in_its_cooldown() {
        let mut found = Found::default();
        assert_eq!(found.admit("a", 100, 50, 10), Some(0));
        assert_eq!(found.admit("a", 120, 50, 10), None);
        assert_eq!(found.admit("a", 149, 50, 10), None);
        assert_eq!(found.admit("b", 149, 50, 10), Some(0));
        assert_eq!(found.admit("a", 150, 50, 10), Some(2));
        assert_eq!(found.admit("a", 199, 50, 10), None);
        assert_eq!(found.admit("a", 199, 0, 10), Some(0));
    }

    #[test]
    fn cooldowns_take_bounded_memory() {
        let mut found = Found::default();
        for index in 0..1_000_u64 {
            found.admit(&index.to_string(), index, 10_000, 10);
        }
        assert!(found.subjects.len() <= 11 && found.order.len() <= 11);
    }

    #[test]
    fn silence_is_found_once_until_it_ends() {
        let sign = |time| Sign {
            time,
            chain: "c".into(),
            event: "e".into(),
        };
        let mut heard = Heard::default();
        heard.hear("a", sign(100), 10);
        heard.hear("b", sign(130), 10);
        assert!(heard.silent(149, 50).is_none());
        assert_eq!(heard.silent(150, 50).map(|pair| pair.0).as_deref(), Some("a"));
        assert!(heard.silent(170, 50).is_none());
        heard.hear("a", sign(171), 10);
        assert_eq!(heard.silent(180, 50).map(|pair| pair.0).as_deref(), Some("b"));
        assert_eq!(heard.silent(221, 50).map(|pair| pair.0).as_deref(), Some("a"));
    }
}
