//! An ordinary day: purchases, gifts, rents, salaries, invoices, contracts, blocks. It has its own large payments,
//! weddings and failures, which look like the patterns that are injected and are none: they are what precision is
//! lost to.

use super::{DAY, Settings, chance::Chance, people::People};
use crate::event::{Amount, Event, Kind, Party, Text};
use std::sync::Arc;

/// Makes events, numbers them.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) events: Vec<Event>,
    written: u64,
}

/// A payment.
pub(crate) struct Payment<'a> {
    pub(crate) time: u64,
    pub(crate) from: &'a Arc<Party>,
    pub(crate) to: &'a Arc<Party>,
    pub(crate) amount: u64,
}

impl Writer {
    pub(crate) fn new(first: u64) -> Self {
        Self {
            events: Vec::new(),
            written: first,
        }
    }

    pub(crate) fn event(&mut self, chain: &Text, kind: Kind, time: u64) -> &mut Event {
        self.written += 1;
        let mut event = Event::new(chain.clone(), kind, format!("{chain}/{:x}", self.written).into());
        event.time = time;
        event.height = time / 2;
        self.events.push(event);
        let last = self.events.len() - 1;
        &mut self.events[last]
    }

    pub(crate) fn pay(&mut self, people: &People, payment: &Payment<'_>) {
        let event = self.event(&people.chains[0], Kind::Transfer, payment.time);
        event.from = Some(payment.from.clone());
        event.to = Some(payment.to.clone());
        event.asset = Some(people.assets[0].clone());
        event.amount = Some(Amount::units(payment.amount));
        event.success = Some(true);
    }

    pub(crate) fn call(
        &mut self,
        people: &People,
        time: u64,
        from: &Arc<Party>,
        contract: &Text,
    ) -> &mut Event {
        let event = self.event(&people.chains[1], Kind::Call, time);
        event.from = Some(from.clone());
        event.contract = Some(contract.clone());
        event.function = Some("settle".into());
        event.success = Some(true);
        event
    }
}

/// A day with all that is usual. `silent`: chains and times at which they make no block.
pub(crate) fn day(
    settings: &Settings,
    people: &People,
    day: u64,
    silent: &[(Text, u64, u64)],
    chance: &mut Chance,
) -> Vec<Event> {
    let start = settings.start + day * DAY;
    let mut writer = Writer::new(day << 32);
    purchases(settings, people, start, &mut writer, chance);
    gifts(people, start, &mut writer, chance);
    monthly(people, day, start, &mut writer, chance);
    invoices(people, start, &mut writer, chance);
    calls(people, start, &mut writer, chance);
    machines(settings, people, (start, silent), &mut writer, chance);
    writer.events
}

fn purchases(settings: &Settings, people: &People, start: u64, writer: &mut Writer, chance: &mut Chance) {
    for person in people.awake() {
        for _ in 0..chance.between(0, settings.purchases_max + 1) {
            let time = start + chance.between(7 * 3_600, 23 * 3_600);
            let payment = Payment {
                time,
                from: person,
                to: chance.pick(&people.shops),
                amount: chance.price(5, 6),
            };
            writer.pay(people, &payment);
        }
        // A car, a flat, a treatment: once in some years.
        if chance.next().is_multiple_of(20_000) {
            let time = start + chance.between(9 * 3_600, 17 * 3_600);
            let payment = Payment {
                time,
                from: person,
                to: chance.pick(&people.employers),
                amount: chance.between(15_000, 400_000),
            };
            writer.pay(people, &payment);
        }
    }
}

fn gifts(people: &People, start: u64, writer: &mut Writer, chance: &mut Chance) {
    let awake = people.awake();
    for _ in 0..awake.len() / 8 {
        let (from, to) = (chance.pick(awake), chance.pick(awake));
        let time = start + chance.between(0, DAY);
        let amount = chance.price(20, 5);
        writer.pay(
            people,
            &Payment {
                time,
                from,
                to,
                amount,
            },
        );
    }
    // A wedding: many give, a little.
    if chance.per_mille(300) {
        let to = chance.pick(awake);
        for _ in 0..chance.between(10, 40) {
            let time = start + chance.between(10 * 3_600, 20 * 3_600);
            let from = chance.pick(awake);
            let amount = chance.between(100, 800);
            writer.pay(
                people,
                &Payment {
                    time,
                    from,
                    to,
                    amount,
                },
            );
        }
    }
}

fn monthly(people: &People, day: u64, start: u64, writer: &mut Writer, chance: &mut Chance) {
    let awake = people.awake();
    for (index, person) in awake.iter().enumerate() {
        let number = u64::try_from(index).unwrap_or(0);
        if number % 30 == day % 30 && people.landlords > 0 && index >= people.landlords {
            let to = &awake[index % people.landlords];
            let time = start + chance.between(8 * 3_600, 12 * 3_600);
            let amount = 1_500 + number % 3_000;
            writer.pay(
                people,
                &Payment {
                    time,
                    from: person,
                    to,
                    amount,
                },
            );
        }
        if day % 30 == 5 {
            let from = &people.employers[index % people.employers.len()];
            let time = start + chance.between(9 * 3_600, 10 * 3_600);
            let amount = 4_000 + number * 37 % 20_000;
            writer.pay(
                people,
                &Payment {
                    time,
                    from,
                    to: person,
                    amount,
                },
            );
        }
    }
}

fn invoices(people: &People, start: u64, writer: &mut Writer, chance: &mut Chance) {
    for shop in &people.shops {
        if chance.per_mille(150) {
            let time = start + chance.between(9 * 3_600, 18 * 3_600);
            let payment = Payment {
                time,
                from: shop,
                to: chance.pick(&people.employers),
                amount: chance.between(2_000, 90_000),
            };
            writer.pay(people, &payment);
        }
    }
    for _ in 0..people.awake().len() / 40 {
        let person = chance.pick(people.awake());
        let time = start + chance.between(0, DAY);
        let amount = chance.price(200, 5);
        let is_deposit = chance.per_mille(500);
        let (from, to) = if is_deposit {
            (person, &people.exchange)
        } else {
            (&people.exchange, person)
        };
        writer.pay(
            people,
            &Payment {
                time,
                from,
                to,
                amount,
            },
        );
    }
}

fn calls(people: &People, start: u64, writer: &mut Writer, chance: &mut Chance) {
    for _ in 0..people.awake().len() / 3 {
        let from = chance.pick(people.awake());
        let contract = chance.pick(&people.contracts);
        let time = start + chance.between(0, DAY);
        let success = !chance.per_mille(30);
        writer.call(people, time, from, contract).success = Some(success);
    }
    if chance.per_mille(400) {
        let creator = chance.pick(people.awake()).clone();
        let contract: Text = format!("0x{:040x}", chance.next()).into();
        let time = start + chance.between(0, DAY);
        let event = writer.event(&people.chains[0], Kind::ContractCreated, time);
        event.from = Some(creator);
        event.contract = Some(contract.clone());
        let to = Arc::new(Party::unknown(&contract));
        for _ in 0..chance.between(0, 20) {
            let time = time + chance.between(60, DAY);
            let from = chance.pick(people.awake());
            let amount = chance.price(50, 6);
            writer.pay(
                people,
                &Payment {
                    time,
                    from,
                    to: &to,
                    amount,
                },
            );
        }
    }
}

fn machines(
    settings: &Settings,
    people: &People,
    (start, silent): (u64, &[(Text, u64, u64)]),
    writer: &mut Writer,
    chance: &mut Chance,
) {
    for chain in &people.chains {
        let mut time = start + chance.between(0, settings.block_seconds);
        while time < start + DAY {
            let is_silent = silent
                .iter()
                .any(|gap| gap.0 == *chain && (gap.1..gap.2).contains(&time));
            if !is_silent {
                let node = chance.pick(&people.nodes).clone();
                writer.event(chain, Kind::Block, time).node = Some(node);
            }
            // Now and then the network is slow.
            let delay = if chance.per_mille(2) {
                chance.between(60, 240)
            } else {
                0
            };
            time += settings.block_seconds + delay;
        }
    }
    for _ in 0..chance.between(0, 12) {
        let node = chance.pick(&people.nodes).clone();
        let time = start + chance.between(0, DAY);
        let event = writer.event(&people.chains[0], Kind::Node, time);
        event.node = Some(node);
        event.fault = Some("missed_turn".into());
    }
}
