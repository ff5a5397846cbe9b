//! From rows of the index to events that rules judge: pure, so that the same block gives the same events at any time.
//!
//! Ids name the ledger, the block and the place in it: `main/17/0` is the first transaction of block 17, `main/17/0/call`
//! its call, `main/17/0/value` its coins, `main/17/0/created` the contract that it made, `main/17/0/4` the event at place 4,
//! `main/17/0/4/0` the first transfer that this event tells, `main/17/block` the block.

use super::directory::Directory;
use crate::ledgers::MAIN;
use alloy_primitives::{Address, U256, hex};
use alloy_sol_types::SolEvent;
use civitas_indexer::read::{PastBlock, PastEvent, PastTransaction, TokenStandard};
use civitas_supervision::{Amount, Event, Kind, Text};
use civitas_system_contracts::{
    address::{ANCHORS, HEADERS},
    interfaces::{IAnchors::Contradicted, IHeaders},
};

/// The asset of coins.
const COIN: &str = "coin";
/// Digits of a coin after the point, as on every Ethereum-like ledger.
const COIN_DECIMALS: u8 = 18;
/// Bytes that name a function.
const SELECTOR_BYTES: usize = 4;
/// An amount that is too large to be one (a token may claim anything) stands as this, which is above every limit; sums of
/// a billion of them still fit.
const AMOUNT_MAX: i128 = i128::MAX / 1_000_000_000;

/// Makes the events of a block of a ledger, in the order in which they happened.
pub fn events(ledger: &Text, block: &PastBlock, directory: &Directory) -> Vec<Event> {
    let view = View {
        ledger,
        block,
        directory,
    };
    let mut events = Vec::new();
    for transaction in &block.transactions {
        view.transaction(transaction, &mut events);
    }
    let mut made = view.event(Kind::Block, "block");
    made.node = Some(text(block.beneficiary));
    events.push(made);
    events
}

/// Who sent a transaction.
pub fn sender(
    ledger: &str,
    transaction: &PastTransaction,
    directory: &Directory,
) -> std::sync::Arc<civitas_supervision::Party> {
    directory.party(ledger, &text(transaction.sender))
}

struct View<'a> {
    ledger: &'a Text,
    block: &'a PastBlock,
    directory: &'a Directory,
}

impl View<'_> {
    fn event(&self, kind: Kind, place: &str) -> Event {
        let id = format!("{}/{}/{place}", self.ledger, self.block.number);
        let mut event = Event::new(self.ledger.clone(), kind, id.into());
        event.time = self.block.time;
        event.height = self.block.number;
        event
    }

    fn party(&self, account: Address) -> std::sync::Arc<civitas_supervision::Party> {
        self.directory.party(self.ledger, &text(account))
    }

    fn transaction(&self, transaction: &PastTransaction, events: &mut Vec<Event>) {
        let index = transaction.index;
        let mut whole = self.event(Kind::Transaction, &index.to_string());
        whole.from = Some(self.party(transaction.sender));
        whole.to = transaction.recipient.map(|recipient| self.party(recipient));
        whole.success = Some(transaction.success);
        let part = |kind: Kind, place: &str| {
            let mut event = self.event(kind, &format!("{index}/{place}"));
            event.from.clone_from(&whole.from);
            event.to.clone_from(&whole.to);
            event.success = whole.success;
            event
        };
        let mut parts = Vec::new();
        if let (Some(contract), Some(selector)) =
            (transaction.recipient, transaction.input.get(..SELECTOR_BYTES))
        {
            let mut call = part(Kind::Call, "call");
            let name = transaction.function.as_deref().map(Text::from);
            call.function = Some(name.unwrap_or_else(|| hex::encode_prefixed(selector).into()));
            call.contract = Some(text(contract));
            parts.push(call);
        }
        // What failed moved nothing.
        if !transaction.value.is_zero() && transaction.success {
            let mut payment = part(Kind::Transfer, "value");
            payment.amount = Some(amount(transaction.value, COIN_DECIMALS));
            payment.asset = Some(COIN.into());
            parts.push(payment);
        }
        if let Some(created) = transaction.created {
            let mut creation = part(Kind::ContractCreated, "created");
            creation.contract = Some(text(created));
            parts.push(creation);
        }
        events.push(whole);
        events.append(&mut parts);
        for left in &transaction.events {
            self.left(index, left, events);
        }
    }

    fn left(&self, transaction: u64, left: &PastEvent, events: &mut Vec<Event>) {
        let contract = text(left.emitter);
        let place = format!("{transaction}/{}", left.index);
        let mut event = self.event(Kind::Event, &place);
        event.contract = Some(contract.clone());
        event.name = left.name.as_deref().map(Text::from);
        event.success = Some(true);
        events.push(event);
        if let Some((node, fault)) = fault(self.ledger, left) {
            let mut event = self.event(Kind::Node, &format!("{place}/fault"));
            event.node = Some(node);
            event.fault = Some(fault.into());
            events.push(event);
        }
        for (number, movement) in left.transfers.iter().enumerate() {
            let mut payment = self.event(Kind::Transfer, &format!("{place}/{number}"));
            // Minting and burning have one side.
            let party = |account: Address| (!account.is_zero()).then(|| self.party(account));
            payment.from = party(movement.sender);
            payment.to = party(movement.recipient);
            payment.success = Some(true);
            payment.asset = Some(contract.clone());
            payment.contract = Some(contract.clone());
            // Only of a fungible token whose decimals are known is it said how much was moved.
            payment.amount = movement
                .decimals
                .filter(|_| movement.standard == TokenStandard::Erc20)
                .map(|decimals| amount(movement.amount, decimals));
            events.push(payment);
        }
    }
}

/// What contracts of the main ledger hold against those who report chains and against the validators of chains: who, and what.
fn fault(ledger: &str, left: &PastEvent) -> Option<(Text, &'static str)> {
    if ledger != MAIN {
        return None;
    }
    let mut topics = left.topics.iter();
    let signature = *topics.next()?;
    let chain = topics.next()?;
    match left.emitter {
        // A gateway said something else than what was agreed on.
        ANCHORS if signature == Contradicted::SIGNATURE_HASH => {
            Some((text(Address::from_word(*topics.next()?)), "invalid_block"))
        }
        HEADERS if signature == IHeaders::Equivocated::SIGNATURE_HASH => {
            Some((chain.to_string().into(), "equivocation"))
        }
        // Gateways agreed on a block that the validators of the chain did not sign.
        HEADERS if signature == IHeaders::AnchorDisproven::SIGNATURE_HASH => {
            Some((chain.to_string().into(), "invalid_block"))
        }
        _ => None,
    }
}

fn text(address: Address) -> Text {
    hex::encode_prefixed(address).into()
}

fn amount(value: U256, decimals: u8) -> Amount {
    Amount::from_base(value, decimals).unwrap_or(Amount(AMOUNT_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{B256, Bytes};

    fn block(emitter: Address, topics: Vec<B256>) -> PastBlock {
        let event = PastEvent {
            index: 4,
            emitter,
            name: None,
            topics,
            transfers: Vec::new(),
        };
        let transaction = PastTransaction {
            index: 0,
            hash: B256::ZERO,
            sender: Address::repeat_byte(1),
            recipient: Some(emitter),
            created: None,
            value: U256::ZERO,
            input: Bytes::new(),
            success: true,
            function: None,
            events: vec![event],
        };
        PastBlock {
            number: 17,
            time: 1_800_000_000,
            beneficiary: Address::ZERO,
            transactions: vec![transaction],
        }
    }

    /// The faults in the events of a block, with their ids.
    fn faults(ledger: &str, block: &PastBlock) -> Vec<(String, String, String)> {
        let events = events(&Text::from(ledger), block, &Directory::default());
        let faulty = events.iter().filter(|event| event.kind == Kind::Node);
        let told = |text: &Option<Text>| text.as_deref().unwrap_or_default().to_owned();
        faulty
            .map(|event| (event.id.to_string(), told(&event.node), told(&event.fault)))
            .collect()
    }

    #[test]
    fn what_the_ledger_holds_against_somebody_is_a_fault() {
        let (chain, gateway) = (B256::repeat_byte(0xcc), Address::repeat_byte(0xaa));
        let cases = [
            (
                ANCHORS,
                vec![Contradicted::SIGNATURE_HASH, chain, gateway.into_word()],
                Some((text(gateway).to_string(), "invalid_block")),
            ),
            (
                HEADERS,
                vec![IHeaders::Equivocated::SIGNATURE_HASH, chain],
                Some((chain.to_string(), "equivocation")),
            ),
            (
                HEADERS,
                vec![IHeaders::AnchorDisproven::SIGNATURE_HASH, chain, B256::ZERO],
                Some((chain.to_string(), "invalid_block")),
            ),
            (HEADERS, vec![IHeaders::HeaderProven::SIGNATURE_HASH, chain], None),
            // Anybody can emit an event that looks like it.
            (gateway, vec![IHeaders::Equivocated::SIGNATURE_HASH, chain], None),
            (HEADERS, Vec::new(), None),
        ];
        for (emitter, topics, expected) in cases {
            let block = block(emitter, topics);
            let expected =
                expected.map(|(node, fault)| ("main/17/0/4/fault".to_owned(), node, fault.to_owned()));
            assert_eq!(faults(MAIN, &block), Vec::from_iter(expected));
            assert_eq!(faults("eip155:1", &block), []);
        }
    }
}
