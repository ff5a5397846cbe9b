//! Blocks of foreign chains as events. What only the city knows, who stands behind an account and what a token is
//! called, is asked of a [`Directory`].

use crate::{
    content::{Matcher, texts},
    event::{Amount, Event, Kind, Party, Text},
};
use alloy_primitives::{B256, Bytes, U256, b256, hex};
use civitas_ports::{ForeignBlock, ForeignEvent, ForeignOutcome, ForeignTransaction};
use std::{collections::BTreeSet, sync::Arc};

/// `Transfer(address,address,uint256)`, of ERC-20.
const TRANSFER: B256 = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
/// Bytes of a function's selector.
const SELECTOR_BYTES: usize = 4;

/// An asset of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// What rules call it.
    pub name: Text,
    /// Decimals of its smallest unit.
    pub decimals: u8,
}

/// What the city knows about accounts and contracts of its chains.
pub trait Directory {
    /// The account, with the identity that it is bound to, if it is bound to one.
    fn party(&self, chain: &str, account: &str) -> Arc<Party>;

    /// The chain's own coin.
    fn coin(&self, chain: &str) -> Asset;

    /// The token of a contract; none if it is not known to be one. Without decimals an amount cannot be compared, so
    /// its transfers have none.
    fn token(&self, chain: &str, contract: &str) -> Option<Asset>;

    /// The name of a function; none if the contract's interface is not known.
    fn function(&self, chain: &str, contract: &str, selector: [u8; 4]) -> Option<Text>;
}

/// Turns blocks of one chain into events.
#[derive(Clone, Copy)]
pub struct Translator<'a, D> {
    /// The name under which the chain is registered.
    pub chain: &'a Text,
    /// What the city knows.
    pub directory: &'a D,
    /// The thesaurus that texts in call data and events are searched for.
    pub matcher: Option<&'a Matcher>,
}

/// An account as rules write it: `0x` and small hexadecimal digits.
fn account(bytes: &Bytes) -> String {
    hex::encode_prefixed(bytes)
}

impl<D: Directory> Translator<'_, D> {
    /// The events of a block, in the order in which they happened: its transactions, each followed by its call, the
    /// contract that it created, its payment and what it left, then the block itself. Their ids name the block and the place in it, so that the same
    /// block gives the same ids.
    pub fn events(&self, block: &ForeignBlock) -> Vec<Event> {
        let mut events = Vec::new();
        for transaction in &block.transactions {
            self.transaction(block, transaction, &mut events);
        }
        events.push(self.event(block, Kind::Block, "block"));
        events
    }

    fn event(&self, block: &ForeignBlock, kind: Kind, place: &str) -> Event {
        let id = format!("{}/{}/{place}", self.chain, block.header.height);
        let mut event = Event::new(self.chain.clone(), kind, id.into());
        event.time = block.header.timestamp;
        event.height = block.header.height;
        event
    }

    fn transaction(&self, block: &ForeignBlock, transaction: &ForeignTransaction, events: &mut Vec<Event>) {
        let index = transaction.index;
        let target = transaction.target.as_ref().map(account);
        let success = match transaction.outcome {
            ForeignOutcome::Succeeded => Some(true),
            ForeignOutcome::Failed => Some(false),
            ForeignOutcome::Unknown => None,
        };
        let mut whole = self.event(block, Kind::Transaction, &format!("{index}"));
        let party = |account: &str| self.directory.party(self.chain, account);
        whole.from = transaction.sender.as_ref().map(|sender| party(&account(sender)));
        whole.to = target.as_deref().map(party);
        whole.success = success;
        whole.content = self.categories(&transaction.input);
        let part = |kind: Kind, place: &str| {
            let mut event = self.event(block, kind, &format!("{index}/{place}"));
            event.from.clone_from(&whole.from);
            event.to.clone_from(&whole.to);
            event.success = success;
            event
        };
        let mut parts = Vec::new();
        if let (Some(contract), Some(selector)) = (&target, transaction.input.first_chunk::<SELECTOR_BYTES>())
        {
            let mut call = part(Kind::Call, "call");
            let name = self.directory.function(self.chain, contract, *selector);
            call.function = Some(name.unwrap_or_else(|| hex::encode_prefixed(selector).into()));
            call.contract = Some(contract.as_str().into());
            call.content.clone_from(&whole.content);
            parts.push(call);
        }
        let created = transaction.created.as_ref().map(account);
        if let Some(created) = &created {
            let mut creation = part(Kind::ContractCreated, "created");
            creation.contract = Some(created.as_str().into());
            parts.push(creation);
        }
        // What failed moved nothing.
        if !transaction.value.is_zero() && success != Some(false) {
            let mut payment = part(Kind::Transfer, "value");
            let coin = self.directory.coin(self.chain);
            payment.to = payment.to.or_else(|| created.as_deref().map(party));
            payment.amount = amount(transaction.value, coin.decimals);
            payment.asset = Some(coin.name);
            parts.push(payment);
        }
        events.push(whole);
        events.append(&mut parts);
        for left in &transaction.events {
            self.left(block, index, left, events);
        }
    }

    fn left(&self, block: &ForeignBlock, transaction: u32, left: &ForeignEvent, events: &mut Vec<Event>) {
        let contract: Text = account(&left.emitter).into();
        let place = format!("{transaction}/{}", left.index);
        let mut event = self.event(block, Kind::Event, &place);
        event.contract = Some(contract.clone());
        event.name = left.topics.first().map(|topic| topic.to_string().into());
        event.success = Some(true);
        event.content = self.categories(&left.data);
        events.push(event);
        // Tokens that are told apart (ERC-721) have the third argument among the topics, and no amount.
        if let ([TRANSFER, from, to], Ok(value)) =
            (left.topics.as_slice(), <[u8; 32]>::try_from(&left.data[..]))
        {
            let mut payment = self.event(block, Kind::Transfer, &format!("{place}/transfer"));
            let party = |word: &B256| {
                let account = hex::encode_prefixed(&word[12..]);
                // Minting and burning have one side.
                (!word.is_zero()).then(|| self.directory.party(self.chain, &account))
            };
            payment.from = party(from);
            payment.to = party(to);
            payment.success = Some(true);
            let token = self.directory.token(self.chain, &contract);
            payment.amount = token
                .as_ref()
                .and_then(|token| amount(U256::from_be_bytes(value), token.decimals));
            payment.asset = Some(token.map_or_else(|| contract.clone(), |token| token.name));
            payment.contract = Some(contract);
            events.push(payment);
        }
    }

    fn categories(&self, bytes: &Bytes) -> Vec<Text> {
        let Some(matcher) = self.matcher else {
            return Vec::new();
        };
        let mut categories = BTreeSet::new();
        for text in texts(bytes) {
            let scan = matcher.scan(text);
            categories.extend(
                scan.matches
                    .iter()
                    .filter_map(|found| matcher.category(found))
                    .map(|pair| pair.0),
            );
        }
        categories.into_iter().map(Into::into).collect()
    }
}

/// An amount that is too large to be one (a token may claim anything) stands as the largest: it is above every limit.
fn amount(value: U256, decimals: u8) -> Option<Amount> {
    Some(Amount::from_base(value, decimals).unwrap_or(Amount(AMOUNT_MAX)))
}

/// Sums of a billion of them still fit.
const AMOUNT_MAX: i128 = i128::MAX / 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Engine, Limits, Lists,
        content::sample::thesaurus,
        detectors::{Detector, Office, Parameters},
    };
    use alloy_primitives::{Address, address, bytes};
    use civitas_ports::ForeignHeader;

    struct City;

    impl Directory for City {
        fn party(&self, _: &str, account: &str) -> Arc<Party> {
            Arc::new(Party::unknown(account))
        }

        fn coin(&self, _: &str) -> Asset {
            Asset {
                name: "ETH".into(),
                decimals: 18,
            }
        }

        fn token(&self, _: &str, contract: &str) -> Option<Asset> {
            contract.ends_with("cc").then(|| Asset {
                name: "CNYT".into(),
                decimals: 2,
            })
        }

        fn function(&self, _: &str, _: &str, selector: [u8; 4]) -> Option<Text> {
            (selector == [0xa9, 0x05, 0x9c, 0xbb]).then(|| "transfer".into())
        }
    }

    const ALICE: Address = address!("00000000000000000000000000000000000000aa");
    const BOB: Address = address!("00000000000000000000000000000000000000bb");
    const TOKEN: Address = address!("00000000000000000000000000000000000000cc");

    fn block(transaction: ForeignTransaction) -> ForeignBlock {
        ForeignBlock {
            header: ForeignHeader {
                height: 7,
                hash: B256::ZERO,
                parent: B256::ZERO,
                timestamp: 1_000,
                state_root: None,
                raw: Bytes::new(),
            },
            transactions: vec![transaction],
        }
    }

    fn transfer(value: U256) -> ForeignTransaction {
        let left = ForeignEvent {
            index: 0,
            emitter: Bytes::copy_from_slice(TOKEN.as_slice()),
            topics: vec![TRANSFER, ALICE.into_word(), BOB.into_word()],
            data: Bytes::copy_from_slice(&value.to_be_bytes::<32>()),
        };
        ForeignTransaction {
            index: 0,
            hash: B256::ZERO,
            sender: Some(Bytes::copy_from_slice(ALICE.as_slice())),
            target: Some(Bytes::copy_from_slice(TOKEN.as_slice())),
            created: None,
            value: U256::from(5).pow(U256::from(18)),
            input: bytes!("a9059cbb"),
            outcome: ForeignOutcome::Succeeded,
            events: vec![left],
            raw: Bytes::new(),
        }
    }

    fn translate(transaction: ForeignTransaction) -> Vec<Event> {
        let chain: Text = "bank".into();
        let matcher = Matcher::new(thesaurus(0, 1)).unwrap();
        let translator = Translator {
            chain: &chain,
            directory: &City,
            matcher: Some(&matcher),
        };
        translator.events(&block(transaction))
    }

    #[test]
    fn a_block_becomes_events() {
        let events = translate(transfer(U256::from(1_234)));
        let summary: Vec<(Kind, &str)> = events.iter().map(|event| (event.kind, &*event.id)).collect();
        assert_eq!(
            summary,
            [
                (Kind::Transaction, "bank/7/0"),
                (Kind::Call, "bank/7/0/call"),
                (Kind::Transfer, "bank/7/0/value"),
                (Kind::Event, "bank/7/0/0"),
                (Kind::Transfer, "bank/7/0/0/transfer"),
                (Kind::Block, "bank/7/block"),
            ]
        );
        assert_eq!(events[1].function.as_deref(), Some("transfer"));
        let payment = &events[4];
        assert_eq!(payment.amount.unwrap().to_string(), "12.34");
        assert_eq!(payment.asset.as_deref(), Some("CNYT"));
        assert_eq!(
            &*payment.to.as_ref().unwrap().account,
            "0x00000000000000000000000000000000000000bb"
        );
        assert!(
            events
                .iter()
                .all(|event| event.time == 1_000 && event.height == 7)
        );
    }

    #[test]
    fn what_failed_moved_nothing_and_what_is_not_known_is_absent() {
        let mut transaction = transfer(U256::MAX);
        transaction.outcome = ForeignOutcome::Failed;
        transaction.events.clear();
        let events = translate(transaction);
        assert!(events.iter().all(|event| event.kind != Kind::Transfer));
        assert_eq!(events[1].success, Some(false));
        // A token that claims to move everything moves more than any limit, and sums do not overflow.
        let events = translate(transfer(U256::MAX));
        assert_eq!(events[4].amount, Some(Amount(AMOUNT_MAX)));
        let mut transaction = transfer(U256::from(1));
        transaction.events[0].emitter = Bytes::copy_from_slice(BOB.as_slice());
        let events = translate(transaction);
        assert_eq!(events[4].amount, None);
        assert_eq!(
            events[4].asset.as_deref(),
            Some("0x00000000000000000000000000000000000000bb")
        );
    }

    #[test]
    fn money_that_flows_into_a_new_contract_is_found() {
        let parameters = Parameters::default();
        let office = Office {
            owner: "Supervision".to_owned(),
            legal_basis: "Decision 7".to_owned(),
        };
        let rule = Detector::NewContractFlow.rule(&parameters, &office);
        let ether = |count: u64| U256::from(count) * U256::from(10).pow(U256::from(18));
        let contract = Bytes::copy_from_slice(BOB.as_slice());
        let creation = ForeignTransaction {
            target: None,
            created: Some(contract.clone()),
            value: ether(200_000),
            events: Vec::new(),
            ..transfer(U256::ZERO)
        };
        let payment = |account: &Bytes| ForeignTransaction {
            target: Some(account.clone()),
            value: ether(400_000),
            events: Vec::new(),
            ..transfer(U256::ZERO)
        };
        let events = translate(creation.clone());
        let kinds: Vec<Kind> = events.iter().map(|event| event.kind).collect();
        assert_eq!(
            kinds,
            [
                Kind::Transaction,
                Kind::ContractCreated,
                Kind::Transfer,
                Kind::Block
            ]
        );
        let account = hex::encode_prefixed(&contract);
        assert_eq!(&*events[2].to.as_ref().unwrap().account, account);
        let subjects = |transactions: &[ForeignTransaction]| {
            let mut engine =
                Engine::new(std::slice::from_ref(&rule), Lists::new(), Limits::default()).unwrap();
            let mut findings = Vec::new();
            for event in transactions.iter().cloned().flat_map(translate) {
                engine.observe(&event, &mut findings);
            }
            findings
                .into_iter()
                .map(|finding| finding.subject)
                .collect::<Vec<_>>()
        };
        assert_eq!(subjects(&[creation.clone(), payment(&contract)]), [account]);
        // What was there before, or gets little, is nothing to look at.
        assert!(subjects(&[payment(&contract), payment(&contract)]).is_empty());
        assert!(subjects(&[creation]).is_empty());
    }

    #[test]
    fn texts_in_call_data_are_searched() {
        let mut transaction = transfer(U256::from(1));
        let mut input = vec![0xa9, 0x05, 0x9c, 0xbb, 0, 0, 0, 0x20, 0xff];
        input.extend_from_slice("我要洗 錢".as_bytes());
        input.extend_from_slice(&[0; 20]);
        transaction.input = input.into();
        let events = translate(transaction);
        assert_eq!(events[0].content, ["crime".into()]);
        assert_eq!(events[1].content, ["crime".into()]);
        assert!(events[2].content.is_empty());
    }
}
