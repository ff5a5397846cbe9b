//! Contracts of a candidate chain: what was created in the blocks that were read, what its code can do, and what the
//! city's own program says of it.
//!
//! Which contracts there are is proven with the blocks; their code, storage and names are what the node says of its newest
//! block. Contracts that other contracts created are in no receipt, and are not found.

use super::{
    Origin,
    opcodes::{Flag, flags, minimal_proxy},
    scanner::{Judgement, Scanner, ScannerError},
    words::Words,
};
use crate::attach::{inspection::Verdict, probe::Probe};
use alloy_primitives::{Address, B256, Bytes, U256, b256, hex, keccak256};
use alloy_sol_types::SolValue as _;
use civitas_ports::ForeignTransaction;
use civitas_sdk::causes;
use civitas_supervision::content::Matcher;
use jsonrpsee_client::core::client::Error as ClientError;
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Contracts that are looked at, each with up to three questions: more would let a reviewer wait.
const CONTRACTS_MAX: usize = 256;
/// Tokens whose names are asked for, with two questions each.
const TOKENS_MAX: usize = 256;
/// Contracts with flags that are named in the line of the check; all stand in the report.
const NAMED_MAX: usize = 3;
/// `Transfer(address,address,uint256)`, of ERC-20 and ERC-721.
const TRANSFER: B256 = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
/// `name()` and `symbol()`.
const NAMES: [[u8; 4]; 2] = [hex!("06fdde03"), hex!("95d89b41")];
/// What JSON-RPC says where there is no such method.
const NO_SUCH_METHOD: i32 = -32_601;
/// Where proxies say whom they stand for, or who says it (ERC-1967): an implementation, or a beacon.
const PROXY_SLOTS: [B256; 2] = [
    b256!("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"),
    b256!("a3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50"),
];

/// Accounts with the first transaction that shows each.
#[derive(Debug, Default)]
struct Accounts {
    first: BTreeMap<Address, Origin>,
    /// How often there was no place for one.
    left_out: usize,
}

/// Contracts that the blocks show.
#[derive(Debug, Default)]
pub(super) struct Seen {
    created: Accounts,
    tokens: Accounts,
}

/// A contract.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Contract {
    address: Address,
    /// Where it was created.
    #[serde(flatten)]
    origin: Origin,
    code_bytes: usize,
    code_hash: B256,
    flags: BTreeSet<Flag>,
    /// The contract whose code it runs, or that names it, if it is a proxy.
    stands_for: Option<Address>,
    /// What the city's program says.
    scanner: Option<Judgement>,
    #[serde(skip)]
    code: Bytes,
}

/// What was found of contracts.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contracts {
    /// Contracts that were created in the blocks.
    created: usize,
    /// The program that judged them.
    scanner: Option<String>,
    contracts: Vec<Contract>,
}

impl Accounts {
    fn note(&mut self, account: &Bytes, origin: Origin, max: usize) {
        let Ok(address) = Address::try_from(&account[..]) else {
            return;
        };
        if self.first.len() >= max && !self.first.contains_key(&address) {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        let first = self.first.entry(address).or_insert(origin);
        *first = origin.min(*first);
    }
}

impl Seen {
    /// What a transaction created, and which tokens moved.
    pub(super) fn note(&mut self, height: u64, transaction: &ForeignTransaction) {
        let origin = Origin {
            height,
            transaction: transaction.hash,
        };
        if let Some(created) = &transaction.created {
            self.created.note(created, origin, CONTRACTS_MAX);
            self.tokens.note(created, origin, TOKENS_MAX);
        }
        for event in &transaction.events {
            if event.topics.first() == Some(&TRANSFER) {
                self.tokens.note(&event.emitter, origin, TOKENS_MAX);
            }
        }
    }

    /// Asks what tokens are called, and searches that.
    ///
    /// # Errors
    /// The node does not answer. That a contract has no name is none.
    pub(super) async fn search_names(
        &self,
        probe: &Probe,
        matcher: &Matcher,
        words: &mut Words,
    ) -> Result<(), ClientError> {
        for (address, origin) in &self.tokens.first {
            let mut names = Vec::new();
            for selector in NAMES {
                let call = json!({ "to": address, "data": Bytes::copy_from_slice(&selector) });
                let answer: Result<Bytes, ClientError> =
                    probe.ask("eth_call", vec![call, json!("latest")]).await;
                match answer {
                    Ok(answer) => names.extend(name_of(&answer)),
                    // What is no token reverts.
                    Err(ClientError::Call(error)) if error.code() != NO_SUCH_METHOD => {}
                    Err(error) => return Err(error),
                }
            }
            words.names(matcher, *origin, &names);
        }
        Ok(())
    }

    /// Whether tokens were left out.
    pub(super) const fn has_more_tokens(&self) -> bool {
        self.tokens.left_out > 0
    }
}

/// A name as contracts answer it: a string, or the padded bytes of old ones.
fn name_of(answer: &[u8]) -> Option<String> {
    let text = String::abi_decode(answer).ok();
    let old = || String::from_utf8(<[u8; 32]>::try_from(answer).ok()?.to_vec()).ok();
    let name = text.or_else(old)?;
    let name = name.trim_end_matches('\0');
    (!name.is_empty()).then(|| name.to_owned())
}

/// A word of storage; nodes write zeros at its beginning, or not.
fn address_in(word: &str) -> Option<Address> {
    let digits = word.strip_prefix("0x").unwrap_or(word);
    let word = U256::from_str_radix(digits, 16).unwrap_or_default();
    (!word.is_zero()).then(|| Address::from_word(B256::from(word)))
}

impl Contract {
    fn new(address: Address, origin: Origin, code: Bytes) -> Self {
        Self {
            address,
            origin,
            code_bytes: code.len(),
            code_hash: keccak256(&code),
            flags: flags(&code),
            stands_for: minimal_proxy(&code),
            scanner: None,
            code,
        }
    }

    /// Asks for the code, and where that runs the code of others, for whom it stands.
    async fn read(probe: &Probe, address: Address, origin: Origin) -> Result<Self, ClientError> {
        let params = vec![json!(address), json!("latest")];
        let mut contract = Self::new(address, origin, probe.ask("eth_getCode", params).await?);
        if !contract.flags.contains(&Flag::Delegatecall) {
            return Ok(contract);
        }
        for slot in PROXY_SLOTS {
            let params = vec![json!(address), json!(slot), json!("latest")];
            let word: String = probe.ask("eth_getStorageAt", params).await?;
            if let Some(target) = address_in(&word) {
                contract.flags.insert(Flag::UpgradeableProxy);
                contract.stands_for = Some(target);
                break;
            }
        }
        Ok(contract)
    }

    fn described(&self) -> String {
        let flags: Vec<&str> = self.flags.iter().map(|flag| flag.word()).collect();
        let target = self
            .stands_for
            .map_or(String::new(), |target| format!(" of {target}"));
        format!("{} ({}{target})", self.address, flags.join(", "))
    }
}

impl Contracts {
    /// Reads the contracts that were seen.
    ///
    /// # Errors
    /// The node does not answer; what was read until then stays.
    pub(super) async fn read(&mut self, probe: &Probe, seen: &Seen) -> Result<(), ClientError> {
        let created = &seen.created;
        self.created = created.first.len().saturating_add(created.left_out);
        for (address, origin) in &created.first {
            self.contracts
                .push(Contract::read(probe, *address, *origin).await?);
        }
        Ok(())
    }

    /// Has the city's program judge each contract that has code. One that cannot be started is tried once.
    pub(super) async fn judge(&mut self, scanner: &Scanner, chain: &str) {
        self.scanner = Some(scanner.command());
        for contract in self
            .contracts
            .iter_mut()
            .filter(|contract| !contract.code.is_empty())
        {
            let judged = scanner.judge(chain, contract.address, &contract.code).await;
            let is_absent = matches!(judged, Err(ScannerError::Unstarted { .. }));
            contract.scanner = Some(judged.unwrap_or_else(|error| Judgement {
                verdict: Verdict::Warn,
                what: causes(&error),
            }));
            if is_absent {
                return;
            }
        }
    }

    /// Warns of what others can change or end, and of what was not read.
    pub(super) fn verdict(&self, fault: Option<&str>) -> (Verdict, String) {
        let unread = self.created.saturating_sub(self.contracts.len());
        if self.created == 0 {
            return (Verdict::Pass, "none was created in these blocks".to_owned());
        }
        let mut told = vec![format!("{} created in these blocks", self.created)];
        if unread > 0 {
            let why = fault.map_or(String::new(), |fault| format!(" ({fault})"));
            told.push(format!("the code of {unread} was not read{why}"));
        }
        let gone = self
            .contracts
            .iter()
            .filter(|contract| contract.code_bytes == 0)
            .count();
        if gone > 0 {
            told.push(format!("{gone} without code by now"));
        }
        let flagged: Vec<&Contract> = self
            .contracts
            .iter()
            .filter(|contract| !contract.flags.is_empty())
            .collect();
        let named = flagged
            .iter()
            .take(NAMED_MAX)
            .map(|contract| contract.described());
        told.extend(named);
        if flagged.len() > NAMED_MAX {
            told.push(format!("{} more with flags", flagged.len() - NAMED_MAX));
        }
        let verdict = match unread == 0 && flagged.is_empty() {
            true => Verdict::Pass,
            false => Verdict::Warn,
        };
        (verdict, told.join("; "))
    }

    /// What the city's program said; none if there was no program.
    pub(super) fn judged(&self) -> Option<(Verdict, String)> {
        let scanner = self.scanner.as_ref()?;
        let count = |verdict| {
            let judged = self
                .contracts
                .iter()
                .filter_map(|contract| contract.scanner.as_ref());
            judged.filter(|judged| judged.verdict == verdict).count()
        };
        let [passed, warned, failed] = [Verdict::Pass, Verdict::Warn, Verdict::Fail].map(count);
        let with_code = self.contracts.iter().filter(|contract| contract.code_bytes > 0);
        let missed = with_code.filter(|contract| contract.scanner.is_none()).count();
        let mut told = format!("{scanner}: {passed} passed, {warned} warned of, {failed} failed");
        if missed > 0 {
            told.push_str(&format!(", {missed} not judged"));
        }
        let gravest = self
            .contracts
            .iter()
            .filter_map(|contract| Some((contract.scanner.as_ref()?, contract.address)))
            .filter(|(judged, _)| judged.verdict > Verdict::Pass)
            .max_by_key(|(judged, address)| (judged.verdict, std::cmp::Reverse(*address)));
        let mut verdict = match missed {
            0 => Verdict::Pass,
            _ => Verdict::Warn,
        };
        if let Some((judged, address)) = gravest {
            verdict = verdict.max(judged.verdict);
            told.push_str(&format!("; {address}: {}", judged.what));
        }
        Some((verdict, told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attach::scan::scanner;
    use alloy_primitives::address;

    const ORIGIN: Origin = Origin {
        height: 7,
        transaction: B256::ZERO,
    };

    fn contracts(codes: &[&[u8]]) -> Contracts {
        let of = |(index, code): (u8, &&[u8])| {
            let address = Address::repeat_byte(index);
            Contract::new(address, ORIGIN, Bytes::copy_from_slice(code))
        };
        Contracts {
            created: codes.len(),
            scanner: None,
            contracts: (1..).zip(codes).map(of).collect(),
        }
    }

    #[test]
    fn what_others_can_change_or_end_is_warned_of() {
        let check = |found: &Contracts, verdict: Verdict, told: &str| {
            let (is, what) = found.verdict(Some("down"));
            assert_eq!(is, verdict, "{what}");
            assert!(what.contains(told), "{what}");
        };
        check(&contracts(&[]), Verdict::Pass, "none was created");
        check(&contracts(&[&[0x60, 0xf4], &[0]]), Verdict::Pass, "2 created");
        check(
            &contracts(&[&[0xf4], &[0]]),
            Verdict::Warn,
            "0x0101010101010101010101010101010101010101 (delegatecall)",
        );
        check(&contracts(&[&[0xff][..]; 5]), Verdict::Warn, "2 more with flags");
        // What is gone, and what was not read, is said.
        check(&contracts(&[&[]]), Verdict::Pass, "1 without code by now");
        let mut unread = contracts(&[&[0]]);
        unread.created = 3;
        check(&unread, Verdict::Warn, "the code of 2 was not read (down)");
    }

    #[test]
    fn the_gravest_word_of_the_program_counts() {
        let mut found = contracts(&[&[0], &[1], &[2], &[]]);
        assert!(found.judged().is_none());
        found.scanner = Some("judge".to_owned());
        assert_eq!(
            found.judged().unwrap(),
            (
                Verdict::Warn,
                "judge: 0 passed, 0 warned of, 0 failed, 3 not judged".to_owned()
            )
        );
        let verdicts = [Verdict::Warn, Verdict::Fail, Verdict::Pass];
        for (contract, verdict) in found.contracts.iter_mut().zip(verdicts) {
            let what = format!("{verdict:?}");
            contract.scanner = Some(Judgement { verdict, what });
        }
        let (verdict, told) = found.judged().unwrap();
        assert_eq!(verdict, Verdict::Fail);
        assert!(
            told.ends_with("1 failed; 0x0202020202020202020202020202020202020202: Fail"),
            "{told}"
        );
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_tried_once() {
        let mut found = contracts(&[&[0], &[1]]);
        let scanner = scanner::parse("/nowhere/judge --quick").unwrap();
        found.judge(&scanner, "eip155:7").await;
        let (verdict, told) = found.judged().unwrap();
        assert_eq!(verdict, Verdict::Warn);
        assert!(
            told.contains("1 warned of, 0 failed, 1 not judged") && told.contains("cannot be started"),
            "{told}"
        );
    }

    #[test]
    fn contracts_and_tokens_are_seen_in_transactions() {
        let mut accounts = Accounts::default();
        let account = |byte: u8| Bytes::copy_from_slice(Address::repeat_byte(byte).as_slice());
        let later = Origin { height: 9, ..ORIGIN };
        accounts.note(&account(1), later, 2);
        accounts.note(&account(1), ORIGIN, 2);
        accounts.note(&account(1), later, 2);
        accounts.note(&account(2), later, 2);
        accounts.note(&account(3), later, 2);
        accounts.note(&account(1), later, 2);
        accounts.note(&Bytes::from_static(b"cosmos"), later, 9);
        let firsts: Vec<u64> = accounts.first.values().map(|origin| origin.height).collect();
        assert_eq!((firsts, accounts.left_out), (vec![7, 9], 1));
    }

    #[test]
    fn names_and_words_of_storage_are_read_as_nodes_write_them() {
        assert_eq!(
            name_of(&"赌场币".to_owned().abi_encode()).as_deref(),
            Some("赌场币")
        );
        let mut old = *b"MKR\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(name_of(&old).as_deref(), Some("MKR"));
        old[0] = 0xff;
        for nothing in [&old[..], &[], &[0; 32], b"abc"] {
            assert_eq!(name_of(nothing), None, "{nothing:?}");
        }
        for nothing in [
            "0x",
            "0x0",
            "",
            "0x00000000000000000000000000000000000000000000000000000000000000",
            "0xzz",
        ] {
            assert_eq!(address_in(nothing), None, "{nothing}");
        }
        let target = address!("00000000000000000000000000000000000000aa");
        for word in [
            "0xaa",
            "0x00000000000000000000000000000000000000000000000000000000000000aa",
        ] {
            assert_eq!(address_in(word), Some(target), "{word}");
        }
    }
}
