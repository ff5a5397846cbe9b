//! The texts that both sides of a binding sign, and the text form of DIDs and accounts.
//!
//! The contract never parses a message: it builds the text from the fields of [`Binding`] and verifies
//! signatures over exactly those bytes, so a text has one meaning. The account's text is CAIP-122's, which
//! for `eip155` is EIP-4361's: wallets show it as a sign-in. Frozen by `spec/vectors/identities.json`.
//!
//! The domain of the text is `ledger-<chain id>.civitas`: it names the ledger, not a web page, since the
//! proof is for the ledger and any page may bring it.

use super::{Binding, abi};
use crate::fault::{Fault, refuse};
use alloy_primitives::{Address, B256, hex, keccak256};

/// What every DID of a city begins with.
pub const DID_PREFIX: &str = "did:civitas:";

/// The text form of an identity's id.
pub fn did(id: B256) -> String {
    format!("{DID_PREFIX}{}", hex::encode(id))
}

/// The id in a DID; nothing if the text is not in the one form that [`did`] gives.
pub fn parse_did(text: &str) -> Option<B256> {
    let digits = text.strip_prefix(DID_PREFIX)?;
    let id: B256 = digits.parse().ok()?;
    (did(id) == text).then_some(id)
}

/// An account of some chain (CAIP-10), in its canonical text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountId {
    /// The kind of chain: `eip155`, `solana`, `civitas`.
    pub namespace: Namespace,
    /// Which chain.
    pub reference: String,
    /// Which account: with the checksum of EIP-55 where it is hexadecimal.
    pub address: String,
}

/// The kinds of chains whose accounts can be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// Ethereum-like chains, secp256k1.
    Eip155,
    /// Solana, Ed25519.
    Solana,
    /// Accounts of Civitas with keys of other kinds: P-256 and Ed25519.
    Civitas,
}

impl Namespace {
    /// As CAIP-2 has it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Eip155 => "eip155",
            Self::Solana => "solana",
            Self::Civitas => "civitas",
        }
    }

    /// What CAIP-122 calls the blockchain.
    const fn blockchain(self) -> &'static str {
        match self {
            Self::Eip155 => "Ethereum",
            Self::Solana => "Solana",
            Self::Civitas => "Civitas",
        }
    }
}

impl AccountId {
    /// Reads an account; nothing if it is malformed or of a kind that nobody here can verify.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let (namespace, reference, address) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let namespace = match namespace {
            "eip155" => Namespace::Eip155,
            "solana" => Namespace::Solana,
            "civitas" => Namespace::Civitas,
            _ => return None,
        };
        let address = match namespace {
            Namespace::Eip155 | Namespace::Civitas => {
                reference
                    .parse::<u64>()
                    .ok()
                    .filter(|id| id.to_string() == reference)?;
                checksummed(address)?
            }
            Namespace::Solana => {
                let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
                let fits = (1..=32).contains(&reference.len()) && (32..=44).contains(&address.len());
                (fits && plain(reference) && plain(address)).then(|| address.to_owned())?
            }
        };
        Some(Self {
            namespace,
            reference: reference.to_owned(),
            address,
        })
    }

    /// Reads an account.
    ///
    /// # Errors
    /// `AccountNotSupported`.
    pub fn require(text: &str) -> Result<Self, Fault> {
        Self::parse(text).map_or_else(
            || {
                refuse(abi::AccountNotSupported {
                    account: text.to_owned(),
                })
            },
            Ok,
        )
    }

    /// The canonical text.
    pub fn text(&self) -> String {
        format!("{}:{}:{}", self.namespace.text(), self.reference, self.address)
    }

    /// What the contract keeps it under: keccak256 of its text.
    pub fn hash(&self) -> B256 {
        keccak256(self.text())
    }

    /// Its address, if it is an ordinary account of the ledger with this chain id.
    pub fn local(&self, chain_id: u64) -> Option<Address> {
        let here = self.namespace == Namespace::Eip155 && self.reference == chain_id.to_string();
        here.then(|| self.address.parse().ok()).flatten()
    }
}

/// The form of EIP-55 of an address that is written in it, or all in lower case.
fn checksummed(text: &str) -> Option<String> {
    let address: Address = text.parse().ok()?;
    let checksummed = address.to_checksum(None);
    (text == checksummed || text == checksummed.to_lowercase()).then_some(checksummed)
}

/// What an account signs to be bound.
///
/// # Errors
/// `AccountNotSupported`.
pub fn account_message(binding: &Binding) -> Result<String, Fault> {
    sign_in(binding, "Bind this account to")
}

/// What an account signs to be released.
///
/// # Errors
/// `AccountNotSupported`.
pub fn release_message(binding: &Binding) -> Result<String, Fault> {
    sign_in(binding, "Release this account from")
}

/// The message of CAIP-122 with the statement that `act` begins.
fn sign_in(binding: &Binding, act: &str) -> Result<String, Fault> {
    let account = AccountId::require(&binding.account)?;
    let did = did(binding.id);
    Ok(format!(
        "ledger-{ledger}.civitas wants you to sign in with your {blockchain} account:\n{address}\n\n\
         {act} {did} on ledger {ledger}.\n\n\
         URI: {did}\nVersion: 1\nChain ID: {reference}\n{terms}",
        ledger = binding.ledger,
        blockchain = account.namespace.blockchain(),
        address = account.address,
        reference = account.reference,
        terms = terms(binding),
    ))
}

/// What a key of the identity signs to take an account.
///
/// # Errors
/// `AccountNotSupported`.
pub fn consent_message(binding: &Binding) -> Result<String, Fault> {
    let account = AccountId::require(&binding.account)?;
    Ok(format!(
        "{did} takes the account {account} on ledger {ledger}.\n\n{terms}",
        did = did(binding.id),
        account = account.text(),
        ledger = binding.ledger,
        terms = terms(binding),
    ))
}

/// The last lines of all messages. EIP-4361 wants eight characters of nonce at least.
fn terms(binding: &Binding) -> String {
    format!(
        "Nonce: {nonce:08}\nIssued At: {issued}\nExpiration Time: {expires}",
        nonce = binding.nonce,
        issued = rfc3339(binding.issuedAt),
        expires = rfc3339(binding.expiresAt),
    )
}

/// Seconds since 1970 as RFC 3339 in UTC, by the civil calendar (H. Hinnant, `civil_from_days`).
fn rfc3339(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days since 0000-03-01: years begin in March, so that the leap day is the last one.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
