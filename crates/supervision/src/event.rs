//! What happened on a chain, in one form for all chains. The rows of the index and the reports of foreign chains are
//! mapped to it, so that one rule judges them all. An [`Event`] holds what is known; what is not known is absent, and
//! a rule that asks for it does not match.

use crate::EventError;
use alloy_primitives::U256;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// Text that many events share: names of chains, accounts, assets.
pub type Text = Arc<str>;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A transaction as a whole.
    Transaction,
    /// Money or a token went from one account to another.
    Transfer,
    /// A contract was called, by a transaction or by another contract.
    Call,
    /// A contract emitted an event.
    Event,
    /// A contract came into being: `contract` is its address, `from` its creator.
    ContractCreated,
    /// A block was made; `node` is who proposed it, where that is known.
    Block,
    /// A node did something: `fault` says what was wrong about it.
    Node,
}

impl Kind {
    /// The word for it in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::Transfer => "transfer",
            Self::Call => "call",
            Self::Event => "event",
            Self::ContractCreated => "contract_created",
            Self::Block => "block",
            Self::Node => "node",
        }
    }

    /// All words, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Transaction,
        Self::Transfer,
        Self::Call,
        Self::Event,
        Self::ContractCreated,
        Self::Block,
        Self::Node,
    ];
}

/// An amount of an asset in millionths of its unit, so that sums are exact whatever the decimals of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Amount(pub i128);

/// Millionths in a unit: six decimals are more than any legal threshold has, and leave 32 digits before the point.
pub(crate) const SCALE: i128 = 1_000_000;
const SCALE_DECIMALS: u8 = 6;
/// 10^77 is the largest power of ten that fits into 256 bits.
const DECIMALS_MAX: u8 = 77;

impl Amount {
    /// So many whole units.
    pub const fn units(units: u64) -> Self {
        Self(units as i128 * SCALE)
    }

    /// From the smallest units of a chain; what is below a millionth is cut off.
    ///
    /// # Errors
    /// `AmountTooLarge` above 10^38 millionths, and for more than 77 decimals.
    pub fn from_base(value: U256, decimals: u8) -> Result<Self, EventError> {
        let error = || EventError::AmountTooLarge { value, decimals };
        if decimals > DECIMALS_MAX {
            return Err(error());
        }
        let scaled = if decimals >= SCALE_DECIMALS {
            value / U256::from(10).pow(U256::from(decimals - SCALE_DECIMALS))
        } else {
            let factor = U256::from(10).pow(U256::from(SCALE_DECIMALS - decimals));
            value.checked_mul(factor).ok_or_else(error)?
        };
        i128::try_from(scaled).map(Self).map_err(|_| error())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&number_text(self.0))
    }
}

/// A number in millionths as people write it: `-12.5`, `50000`.
pub(crate) fn number_text(millionths: i128) -> String {
    let magnitude = millionths.unsigned_abs();
    let scale = SCALE.unsigned_abs();
    let sign = if millionths < 0 { "-" } else { "" };
    let fraction = format!("{:06}", magnitude % scale);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", magnitude / scale)
}

/// Who stands behind an account, as far as the city knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// `did:civitas:…`; the accounts of one identity on all chains share it.
    pub did: Text,
    /// `person`, `organisation`, `node`, `thing`.
    pub kind: Text,
    /// The organisation that vouches for it.
    pub organisation: Option<Text>,
    /// How well it has been verified; 0 is not at all.
    pub level: u8,
    /// Anything else that was certified about it: `licence`, `region`, …
    pub attributes: BTreeMap<String, Text>,
}

/// One side of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The account on its chain.
    pub account: Text,
    /// Whom it is bound to, if to anyone.
    #[serde(default)]
    pub identity: Option<Arc<Identity>>,
}

impl Party {
    /// An account that is bound to nobody.
    pub fn unknown(account: &str) -> Self {
        Self {
            account: account.into(),
            identity: None,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Unique among all chains; findings name it as evidence (`<chain>/<transaction hash>/<index>`).
    pub id: Text,
    /// The chain, by the name under which the city registered it.
    pub chain: Text,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Seconds since 1970, as the chain says.
    pub time: u64,
    /// The block.
    pub height: u64,
    /// Who did it, or paid.
    #[serde(default)]
    pub from: Option<Arc<Party>>,
    /// To whom it was done, or who was paid.
    #[serde(default)]
    pub to: Option<Arc<Party>>,
    /// What was moved: the native coin's symbol, or the contract of a token.
    #[serde(default)]
    pub asset: Option<Text>,
    /// How much of it.
    #[serde(default)]
    pub amount: Option<Amount>,
    /// The contract that was called, that emitted, or that was created.
    #[serde(default)]
    pub contract: Option<Text>,
    /// The function that was called: its name if the interface is known, else its selector.
    #[serde(default)]
    pub function: Option<Text>,
    /// The name of an event of a contract.
    #[serde(default)]
    pub name: Option<Text>,
    /// Whether the transaction or call succeeded.
    #[serde(default)]
    pub success: Option<bool>,
    /// The node that is spoken of.
    #[serde(default)]
    pub node: Option<Text>,
    /// What a node did wrong: `equivocation`, `invalid_block`, `missed_turn`, …
    #[serde(default)]
    pub fault: Option<Text>,
    /// Categories of the thesaurus that its texts matched.
    #[serde(default)]
    pub content: Vec<Text>,
}

impl Event {
    /// An event of which only the frame is known; the other fields are absent.
    pub fn new(chain: Text, kind: Kind, id: Text) -> Self {
        Self {
            id,
            chain,
            kind,
            time: 0,
            height: 0,
            from: None,
            to: None,
            asset: None,
            amount: None,
            contract: None,
            function: None,
            name: None,
            success: None,
            node: None,
            fault: None,
            content: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_chains_become_millionths() {
        let ether = U256::from(10).pow(U256::from(18));
        assert_eq!(Amount::from_base(ether, 18).unwrap(), Amount::units(1));
        assert_eq!(
            Amount::from_base(U256::from(1234), 2).unwrap().to_string(),
            "12.34"
        );
        assert_eq!(Amount::from_base(U256::from(999), 9).unwrap(), Amount(0));
        assert!(matches!(
            Amount::from_base(U256::MAX, 0),
            Err(EventError::AmountTooLarge { .. })
        ));
        assert!(Amount::from_base(U256::from(1), 78).is_err());
    }

    #[test]
    fn numbers_are_written_as_people_do() {
        assert_eq!(number_text(50_000 * SCALE), "50000");
        assert_eq!(number_text(-SCALE / 2), "-0.5");
    }
}
