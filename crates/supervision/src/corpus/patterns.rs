//! Patterns that are injected into ordinary life, with labels. Each comes in clear forms and in forms that try to stay
//! below what is looked for, so that recall is no matter of course.

use super::{
    DAY, Label, Settings,
    chance::Chance,
    life::{Payment, Writer},
    people::People,
};
use crate::{
    detectors::Detector,
    event::{Kind, Party, Text},
};
use std::sync::Arc;

/// What was injected.
#[derive(Debug, Default)]
pub(crate) struct Injected {
    pub(crate) labels: Vec<Label>,
    /// Chains that make no block, from and until when.
    pub(crate) silent: Vec<(Text, u64, u64)>,
    /// Accounts for the list of sanctions.
    pub(crate) sanctioned: Vec<Text>,
}

/// Writes patterns.
struct Author<'a> {
    settings: &'a Settings,
    people: &'a People,
    writer: &'a mut Writer,
    chance: &'a mut Chance,
    injected: Injected,
    /// How often a form tries to evade, in a thousand.
    evasive: u64,
}

/// Days before the first pattern: what is usual has to be learnt first.
const QUIET_DAYS: u64 = 35;
/// Sleepers pay once in these days, and sleep.
const LAST_WORD_DAYS: u64 = 10;

/// Injects all patterns, `settings.patterns` of each.
pub(crate) fn inject(
    settings: &Settings,
    people: &People,
    writer: &mut Writer,
    chance: &mut Chance,
) -> Injected {
    let mut author = Author {
        settings,
        people,
        writer,
        chance,
        injected: Injected::default(),
        evasive: 120,
    };
    for round in 0..settings.patterns {
        author.volume();
        author.frequency();
        author.structuring();
        author.fan_in();
        author.fan_out();
        author.pass_through();
        author.dormant(round);
        author.new_contract();
        author.failed_calls();
        author.failing_contract();
        author.node();
        author.silence();
        author.sanctioned();
    }
    author.injected
}

impl Author<'_> {
    /// A time in office hours of a day after the quiet ones, with some days behind it.
    fn time(&mut self) -> u64 {
        let last = self.settings.days.saturating_sub(10).max(QUIET_DAYS + 1);
        let day = self.chance.between(QUIET_DAYS, last);
        self.settings.start + day * DAY + self.chance.between(8 * 3_600, 16 * 3_600)
    }

    fn person(&mut self) -> Arc<Party> {
        // Landlords have a life of their own.
        let awake = self.people.awake();
        let tenants = &awake[self.people.landlords.min(awake.len() - 1)..];
        self.chance.pick(tenants).clone()
    }

    fn shop(&mut self) -> Arc<Party> {
        self.chance.pick(&self.people.shops).clone()
    }

    fn pay(&mut self, time: u64, from: &Arc<Party>, to: &Arc<Party>, amount: u64) {
        self.writer.pay(
            self.people,
            &Payment {
                time,
                from,
                to,
                amount,
            },
        );
    }

    fn label(&mut self, detector: Detector, party: &Party, from: u64, until: u64) {
        let did = party.identity.iter().map(|identity| identity.did.clone());
        let subjects = std::iter::once(party.account.clone()).chain(did).collect();
        self.injected.labels.push(Label {
            detector,
            subjects,
            from,
            until,
        });
    }

    fn evades(&mut self) -> bool {
        self.chance.per_mille(self.evasive)
    }

    fn volume(&mut self) {
        let (time, from, to) = (self.time(), self.person(), self.shop());
        let amount = if self.evades() {
            self.chance.between(8_000, 20_000)
        } else {
            self.chance.between(25_000, 300_000)
        };
        self.pay(time, &from, &to, amount);
        self.label(Detector::VolumeOutlier, &from, time, time);
    }

    fn frequency(&mut self) {
        let (start, from) = (self.time(), self.person());
        let (count, within) = if self.evades() {
            (18, 7_200)
        } else {
            (self.chance.between(25, 60), 2_400)
        };
        for _ in 0..count {
            let (time, to) = (start + self.chance.between(0, within), self.shop());
            let amount = self.chance.between(5, 60);
            self.pay(time, &from, &to, amount);
        }
        self.label(Detector::FrequencyOutlier, &from, start, start + within);
    }

    fn structuring(&mut self) {
        let (start, from) = (self.time(), self.person());
        let is_evasive = self.evades();
        let count = self.chance.between(5, 12);
        let payees: Vec<Arc<Party>> = (0..3).map(|_| self.person()).collect();
        for index in 0..count {
            // The evasive ones stretch over more days, or go lower.
            let spread = if is_evasive { 2 * DAY } else { DAY / 2 };
            let time = start + index * spread + self.chance.between(0, 3_600);
            let low = if is_evasive { 36_000 } else { 42_000 };
            let amount = self.chance.between(low, 49_950);
            let to = self.chance.pick(&payees).clone();
            self.pay(time, &from, &to, amount);
        }
        self.label(Detector::Structuring, &from, start, start + count * 2 * DAY);
    }

    fn fan_in(&mut self) {
        let (start, to) = (self.time(), self.person());
        let count = if self.evades() {
            self.chance.between(12, 20)
        } else {
            self.chance.between(26, 45)
        };
        for _ in 0..count {
            let (time, from) = (start + self.chance.between(0, 60_000), self.person());
            let amount = self.chance.between(1_500, 6_000);
            self.pay(time, &from, &to, amount);
        }
        self.label(Detector::FanIn, &to, start, start + 60_000);
    }

    fn fan_out(&mut self) {
        let (start, from) = (self.time(), self.person());
        let count = if self.evades() {
            self.chance.between(12, 20)
        } else {
            self.chance.between(26, 45)
        };
        for _ in 0..count {
            let (time, to) = (start + self.chance.between(0, 60_000), self.person());
            let amount = self.chance.between(1_500, 6_000);
            self.pay(time, &from, &to, amount);
        }
        self.label(Detector::FanOut, &from, start, start + 60_000);
    }

    fn pass_through(&mut self) {
        let (start, through) = (self.time(), self.person());
        let total = self.chance.between(60_000, 300_000);
        for part in 0..15 {
            let from = self.person();
            self.pay(start + part * 120, &from, &through, total / 15);
        }
        let kept = if self.evades() {
            self.chance.between(15, 30)
        } else {
            self.chance.between(1, 8)
        };
        let rest = total * (100 - kept) / 100;
        let parts = self.chance.between(2, 5);
        for part in 0..parts {
            let to = self.person();
            self.pay(start + 7_200 + part * 900, &through, &to, rest / parts);
        }
        self.label(Detector::PassThrough, &through, start, start + DAY);
    }

    fn dormant(&mut self, round: usize) {
        let asleep = self.people.asleep();
        let Some(from) = asleep.get(round).cloned() else {
            return;
        };
        let last_word = self.settings.start + self.chance.between(0, LAST_WORD_DAYS * DAY);
        let shop = self.shop();
        self.pay(last_word, &from, &shop, 30);
        let first = LAST_WORD_DAYS + 181;
        let day = self.chance.between(first, self.settings.days.max(first + 1));
        let time = self.settings.start + day * DAY + self.chance.between(0, DAY / 2);
        let to = self.person();
        let amount = if self.evades() {
            self.chance.between(5_000, 20_000)
        } else {
            self.chance.between(25_000, 90_000)
        };
        self.pay(time, &from, &to, amount);
        self.label(Detector::DormantThenActive, &from, time, time);
    }

    fn new_contract(&mut self) {
        let (start, creator) = (self.time(), self.person());
        let contract: Text = format!("0x{:040x}", self.chance.next()).into();
        let event = self
            .writer
            .event(&self.people.chains[0], Kind::ContractCreated, start);
        event.from = Some(creator);
        event.contract = Some(contract.clone());
        let to = Arc::new(Party::unknown(&contract));
        let within = if self.evades() { 12 * DAY } else { 3 * DAY };
        let total = self.chance.between(700_000, 1_800_000);
        let count = self.chance.between(90, 150);
        for _ in 0..count {
            let (time, from) = (start + self.chance.between(3_600, within), self.person());
            self.pay(time, &from, &to, total / count);
        }
        self.label(Detector::NewContractFlow, &to, start, start + within);
    }

    fn failed_calls(&mut self) {
        let (start, from) = (self.time(), self.person());
        let contract = self.chance.pick(&self.people.contracts).clone();
        let (count, within) = if self.evades() {
            (40, 1_500)
        } else {
            (self.chance.between(40, 120), 480)
        };
        for _ in 0..count {
            let time = start + self.chance.between(0, within);
            self.writer.call(self.people, time, &from, &contract).success = Some(false);
        }
        self.label(Detector::FailedCalls, &from, start, start + within);
    }

    fn failing_contract(&mut self) {
        let start = self.time();
        let contract = self.chance.pick(&self.people.contracts).clone();
        let (count, within) = if self.evades() {
            (50, 2_400)
        } else {
            (self.chance.between(50, 120), 480)
        };
        let callers: Vec<Arc<Party>> = (0..12).map(|_| self.person()).collect();
        for _ in 0..count {
            let time = start + self.chance.between(0, within);
            let from = self.chance.pick(&callers).clone();
            self.writer.call(self.people, time, &from, &contract).success = Some(false);
        }
        let party = Party::unknown(&contract);
        self.label(Detector::FailingContract, &party, start, start + within);
    }

    fn node(&mut self) {
        let start = self.time();
        let node = self.chance.pick(&self.people.nodes).clone();
        let fault = *self
            .chance
            .pick(&["equivocation", "invalid_block", "missed_turn"]);
        let count = if fault == "missed_turn" {
            self.chance.between(14, 30)
        } else {
            1
        };
        for _ in 0..count {
            let time = start + self.chance.between(0, 2_400);
            let event = self.writer.event(&self.people.chains[0], Kind::Node, time);
            event.node = Some(node.clone());
            event.fault = Some(fault.into());
        }
        let party = Party::unknown(&node);
        self.label(Detector::NodeMisbehaviour, &party, start, start + 2_400);
    }

    fn silence(&mut self) {
        let start = self.time();
        let chain = self.chance.pick(&self.people.chains).clone();
        let until = start + self.chance.between(900, 3_600);
        self.injected.silent.push((chain.clone(), start, until));
        let party = Party::unknown(&chain);
        self.label(Detector::ChainSilence, &party, start, until);
    }

    fn sanctioned(&mut self) {
        let (time, other) = (self.time(), self.person());
        let account = format!("0x{:040x}", self.chance.next());
        let party = Arc::new(Party::unknown(&account));
        let amount = self.chance.between(10, 5_000);
        let is_payer = self.chance.per_mille(500);
        let (from, to) = if is_payer {
            (&party, &other)
        } else {
            (&other, &party)
        };
        self.pay(time, from, to, amount);
        // Some act before the list names them.
        if self.evades() {
            self.label(Detector::SanctionedParty, &party, time, time);
            return;
        }
        self.injected.sanctioned.push(party.account.clone());
        self.label(Detector::SanctionedParty, &party, time, time);
    }
}
