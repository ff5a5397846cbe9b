//! Messages between three chains, each with two honest gateways and one that lies, while chains, contracts, accounts and identities are
//! frozen and lifted at random, also between a gateway's last question and its act.
//!
//! Shown, for every seed: what is frozen passes no message after one block of the main ledger; nothing is lost, doubled or altered.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod chain;
mod ledger;

use alloy_primitives::{Address, B256, Bytes};
use chain::{Arrival, Chain, MAILBOX, account_key, address_of, sign};
use civitas_gateway::{
    Signer as _,
    config::Config,
    messages::{Courier, Outside},
};
use civitas_ports::DigestSigner;
use civitas_system_contracts::{
    interfaces::IMessages,
    messages::{
        self, Message, Status,
        delivery::{PERIOD_SECONDS, deliverCall, delivery},
        id_of,
    },
};
use ledger::{ACCOUNTS, CHAIN_IDS, CITY, GATEWAYS, Key, Ledger, THRESHOLD, Target, account, gateway_key, id};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// Cities of which each has another seed.
const SEEDS: u64 = 3;
/// Rounds with messages and orders.
const ROUNDS: u32 = 50;
/// Rounds after all was lifted, at most.
const QUIET_ROUNDS: u32 = 200;
/// Seconds for which what was signed before an order can still be used by who keeps to no rule: two periods.
const SIGNED_SECONDS: u64 = 2 * PERIOD_SECONDS;

struct City {
    ledger: Ledger,
    chains: Vec<Arc<Chain>>,
    /// Honest gateways with their chain.
    couriers: Vec<(usize, Courier, Outside)>,
    folder: PathBuf,
    random: StdRng,
    /// What the liars saw signed.
    signed: Vec<(usize, deliverCall)>,
    checked: BTreeMap<B256, ()>,
    late: u32,
}

impl Drop for City {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl City {
    fn new(seed: u64) -> Self {
        let ledger = Ledger::new(seed);
        let folder = std::env::temp_dir().join(format!("civitas-messages-{}-{seed}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let chains: Vec<Arc<Chain>> = CHAIN_IDS
            .into_iter()
            .map(|number| Arc::new(Chain::new(number, ledger.clone())))
            .collect();
        let mut city = Self {
            ledger,
            chains,
            couriers: Vec::new(),
            folder,
            random: StdRng::seed_from_u64(!seed),
            signed: Vec::new(),
            checked: BTreeMap::new(),
            late: 0,
        };
        for place in 0..city.chains.len() {
            for number in 0..THRESHOLD {
                let courier = city.courier(place, number);
                city.couriers.push(courier);
            }
        }
        city
    }

    fn courier(&self, place: usize, number: u8) -> (usize, Courier, Outside) {
        let chain = &self.chains[place];
        let text = format!(
            "ledger = ['http://a']\nkey = 'key'\n[[chains]]\nchain = 'eip155:{}'\nurls = ['http://b']\n",
            chain.number
        );
        let config = Config::read(&text).unwrap();
        let courier = Courier::new(
            config.chains[0].clone(),
            &self.folder,
            Arc::new(self.ledger.clone()),
            account(chain.number, number),
        );
        let key = Key(gateway_key(chain.number, number));
        let outside = Outside {
            chain: chain.clone(),
            signer: Some(DigestSigner::new(key.account(), move |digest| {
                key.sign_digest(digest)
            })),
        };
        (place, courier, outside)
    }

    fn send(&mut self) {
        let from = self.random.random_range(0..self.chains.len());
        let sender = self.somebody(from);
        let to = self.random.random_range(0..=self.chains.len());
        let (destination, target) = match self.chains.get(to) {
            Some(chain) => (id(chain.number), self.somebody(to)),
            None => (messages::MAIN_LEDGER, Address::repeat_byte(0x33)),
        };
        let length = self.random.random_range(0..40_usize);
        let payload: Bytes = (0..length)
            .map(|_| self.random.random())
            .collect::<Vec<u8>>()
            .into();
        self.chains[from].send(sender, destination, target, payload);
    }

    fn somebody(&mut self, place: usize) -> Address {
        let number = self.random.random_range(0..ACCOUNTS);
        address_of(&account_key(self.chains[place].number, number))
    }

    async fn step(&mut self) {
        let index = self.random.random_range(0..self.couriers.len());
        // Now and then it is killed, and begins with nothing.
        if self.random.random_range(0..10) == 0 {
            let place = self.couriers[index].0;
            let number = u8::try_from(index).unwrap() % THRESHOLD;
            self.couriers[index] = self.courier(place, number);
        }
        let (_, courier, outside) = &mut self.couriers[index];
        courier.step(Some(outside)).await.unwrap();
        self.check();
    }

    /// One round of a gateway that keeps to no rule: it signs everything, delivers what it can get hold of, alters, repeats and invents.
    fn lie(&mut self) {
        let place = self.random.random_range(0..self.chains.len());
        let chain = self.chains[place].clone();
        let key = gateway_key(chain.number, GATEWAYS - 1);
        let liar = address_of(&key);
        let mine: Vec<Message> = self
            .ledger
            .messages()
            .into_iter()
            .filter(|message| message.destination == id(chain.number))
            .collect();
        let clock = self.ledger.question(&IMessages::clockCall {});
        for message in mine {
            let others = self
                .ledger
                .question(&IMessages::attestationsCall { id: message.id });
            for end in [clock.validUntil - PERIOD_SECONDS, clock.validUntil] {
                let Some(delivery) = delivery(CITY, &message, end) else {
                    continue;
                };
                let own = sign(&key, chain.place().delivery_hash(&delivery));
                let mut signatures: BTreeMap<Address, Bytes> = others
                    .iter()
                    .filter(|one| one.validUntil == end)
                    .map(|one| (one.gateway, one.signature.clone()))
                    .collect();
                signatures.insert(liar, own.to_vec().into());
                let signatures = signatures.into_values().collect();
                self.signed.push((place, deliverCall { delivery, signatures }));
            }
        }
        // What it can deliver, altered first.
        let tries = self.signed.len().min(12);
        for _ in 0..tries {
            let index = self.random.random_range(0..self.signed.len());
            let (place, call) = self.signed[index].clone();
            let mut altered = call.clone();
            match self.random.random_range(0..5) {
                0 => altered.delivery.payload = vec![0xff; 99].into(),
                1 => altered.delivery.target = Address::repeat_byte(0x66),
                2 => altered.delivery.validUntil += 30,
                3 => altered.delivery.id = B256::repeat_byte(0x66),
                _ => altered.signatures = vec![altered.signatures[0].clone(); 2],
            }
            let by = address_of(&gateway_key(self.chains[place].number, GATEWAYS - 1));
            assert!(self.chains[place].deliver(&altered, by).is_err(), "{altered:?}");
            let _ = self.chains[place].deliver(&call, by);
        }
        self.signed
            .retain(|(_, call)| call.delivery.validUntil + 60 > clock.time);
        // Proofs that prove nothing.
        let proof = messages::Proof {
            chain: id(chain.number),
            anchor: 0,
            height: 1,
            blockHash: B256::ZERO,
            transactions: 1,
            transactionsRoot: B256::ZERO,
            events: 1,
            blockPath: Vec::new(),
            index: 0,
            topics: vec![B256::ZERO; 4],
            data: Bytes::new(),
            eventPath: Vec::new(),
        };
        let (relay, confirm) = (proof.clone(), proof);
        assert!(!self.ledger.try_call(liar, &IMessages::relayCall { proof: relay }));
        assert!(
            !self
                .ledger
                .try_call(liar, &IMessages::confirmCall { proof: confirm })
        );
        self.check();
    }

    /// Every arrival is of a message that was free when it passed.
    fn check(&mut self) {
        for chain in &self.chains {
            for (id, arrival) in chain.arrivals() {
                if self.checked.insert(id, ()).is_some() {
                    continue;
                }
                let message = self.message(id);
                let Arrival {
                    call,
                    by,
                    height,
                    time,
                    since,
                } = arrival;
                let expected = delivery(CITY, &message, call.delivery.validUntil).unwrap();
                assert_eq!(call.delivery, expected, "altered");
                let Some(since) = since else { continue };
                let is_honest = by != address_of(&gateway_key(chain.number, GATEWAYS - 1));
                if is_honest {
                    assert!(
                        since.height >= height,
                        "{message:?} passed at {height}, frozen since {since:?}"
                    );
                } else {
                    // Only with what an honest gateway had signed before the order, while that holds.
                    self.late += 1;
                    assert!(
                        time <= since.time + SIGNED_SECONDS,
                        "{message:?} passed at {time}, frozen since {since:?}"
                    );
                }
            }
        }
    }

    fn message(&self, id: B256) -> Message {
        self.ledger.question(&IMessages::messageCall { id })
    }

    fn mine(&self) {
        for chain in &self.chains {
            chain.mine(&self.folder);
        }
    }

    /// Everything that was sent is where it should be, once, as it was sent.
    fn is_complete(&self) -> bool {
        let known: BTreeMap<B256, Message> = self
            .ledger
            .messages()
            .into_iter()
            .map(|message| (message.id, message))
            .collect();
        self.chains.iter().all(|chain| {
            chain.sent().iter().all(|sent| {
                known
                    .get(&id_of(id(chain.number), MAILBOX, sent.sequence))
                    .is_some_and(|message| matches!(message.status, Status::Delivered | Status::Failed))
            })
        })
    }

    fn assert_exact(&self) {
        let mut expected: BTreeMap<B256, usize> = BTreeMap::new();
        let mut total = 0;
        for chain in &self.chains {
            for sent in chain.sent() {
                total += 1;
                let id = id_of(id(chain.number), MAILBOX, sent.sequence);
                let message = self.message(id);
                assert_eq!(
                    (
                        message.sender,
                        message.destination,
                        &message.target,
                        &message.payload
                    ),
                    (sent.sender, sent.destination, &sent.target, &sent.payload)
                );
                if message.destination != messages::MAIN_LEDGER {
                    *expected.entry(id).or_default() += 1;
                    let has_words = !sent.payload.is_empty();
                    assert_eq!(message.status == Status::Delivered, has_words);
                }
            }
        }
        let arrived: Vec<B256> = self
            .chains
            .iter()
            .flat_map(|chain| chain.arrivals().into_keys())
            .collect();
        assert_eq!(arrived.len(), expected.len());
        assert!(arrived.iter().all(|id| expected.contains_key(id)));
        assert_eq!(self.ledger.messages().len(), total, "nothing was invented");
    }
}

#[tokio::test]
async fn what_is_frozen_passes_no_message_and_nothing_is_lost_or_doubled() {
    let (mut orders, mut late, mut held) = (0, 0, 0);
    for seed in 0..SEEDS {
        let mut city = City::new(seed);
        for round in 0..ROUNDS {
            for _ in 0..city.random.random_range(0..3) {
                city.send();
            }
            city.ledger.state.lock().strikes = 8;
            if round % 3 == 0 {
                city.ledger.state.lock().strike();
            }
            city.mine();
            for _ in 0..4 {
                city.step().await;
            }
            if round % 5 == 4 {
                city.lie();
            }
        }
        held += city
            .ledger
            .messages()
            .iter()
            .filter(|message| message.status == Status::Held)
            .count();
        {
            let mut state = city.ledger.state.lock();
            state.strikes = 0;
            let frozen: Vec<Target> = state.frozen.keys().copied().collect();
            for target in frozen {
                state.order(target);
            }
        }
        let mut rounds = 0;
        while !city.is_complete() {
            rounds += 1;
            assert!(rounds < QUIET_ROUNDS, "seed {seed}: messages are lost");
            city.mine();
            for _ in 0..6 {
                city.step().await;
            }
        }
        city.assert_exact();
        orders += city.ledger.state.lock().orders;
        late += city.late;
    }
    // The test has met what it is about.
    assert!(
        orders > 100 && held > 5 && late > 0,
        "{orders} orders, {held} held, {late} late"
    );
}

/// A city in which the first chain sent a message to the second one.
fn city_with_message(seed: u64) -> City {
    let city = City::new(seed);
    let [from, to, _] = CHAIN_IDS;
    let [sender, target] = [from, to].map(|number| address_of(&account_key(number, 1)));
    city.chains[0].send(sender, id(to), target, Bytes::from_static(b"bill of lading"));
    city.mine();
    city
}

#[tokio::test]
async fn a_batch_that_others_reported_first_is_looked_through_when_it_is_made() {
    let city = city_with_message(SEEDS);
    let batches = city.folder.join(format!("eip155-{}/batches", CHAIN_IDS[0]));
    let made = batches.join(format!("{:020}.jsonl", 1));
    let late = batches.join("late");
    std::fs::rename(&made, &late).unwrap();
    let (_, mut courier, outside) = city.courier(0, 0);
    for _ in 0..3 {
        courier.step(Some(&outside)).await.unwrap();
        city.mine();
    }
    std::fs::rename(&late, &made).unwrap();
    for _ in 0..12 {
        courier.step(Some(&outside)).await.unwrap();
        city.mine();
    }
    assert_eq!(courier.carried().counts.relayed, 1);
}

#[tokio::test]
async fn a_delivery_is_proven_after_its_mailbox_was_replaced() {
    let mut city = city_with_message(SEEDS + 1);
    let mut steps = 0;
    while city.chains[1].arrivals().is_empty() {
        steps += 1;
        assert!(steps < 600, "nothing was delivered");
        if steps % 6 == 0 {
            city.mine();
        }
        city.step().await;
    }
    city.ledger
        .replace_mailbox(CHAIN_IDS[1], Address::repeat_byte(0xb2));
    while !city.is_complete() {
        steps += 1;
        assert!(steps < 1_200, "its delivery was never proven");
        if steps % 6 == 0 {
            city.mine();
        }
        city.step().await;
    }
    city.assert_exact();
}
