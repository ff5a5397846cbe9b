//! What an expression can ask of an event: the one table of names, types and words for the documentation.

use super::{Type, evaluate::Value};
use crate::event::{Event, Identity, Party, SCALE};
use std::borrow::Cow;

/// A field with a fixed name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    Chain,
    Kind,
    Time,
    Height,
    Asset,
    Amount,
    Contract,
    Function,
    Name,
    Success,
    Node,
    Fault,
    Content,
    Party(Side, PartyField),
}

/// Which party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    From,
    To,
}

/// What of a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartyField {
    Account,
    Did,
    Kind,
    Organisation,
    Level,
}

/// Name, field, type, meaning.
type Row<F> = (&'static str, F, Type, &'static str);

/// Fields of `event`.
pub(crate) const EVENT: [Row<Field>; 14] = [
    ("id", Field::Id, Type::Text, "unique among all chains"),
    (
        "chain",
        Field::Chain,
        Type::Text,
        "the chain, as the city calls it",
    ),
    (
        "kind",
        Field::Kind,
        Type::Text,
        "`transaction`, `transfer`, `call`, `event`, `contract_created`, `block`, `node`",
    ),
    (
        "time",
        Field::Time,
        Type::Int,
        "seconds since 1970, as the chain says",
    ),
    ("height", Field::Height, Type::Int, "the block"),
    ("asset", Field::Asset, Type::Text, "what was moved"),
    (
        "amount",
        Field::Amount,
        Type::Decimal,
        "how much, in units of the asset",
    ),
    (
        "contract",
        Field::Contract,
        Type::Text,
        "the contract called, emitting or created",
    ),
    (
        "function",
        Field::Function,
        Type::Text,
        "the function called, else its selector",
    ),
    ("name", Field::Name, Type::Text, "the name of a contract's event"),
    ("success", Field::Success, Type::Bool, "whether it succeeded"),
    ("node", Field::Node, Type::Text, "the node that is spoken of"),
    (
        "fault",
        Field::Fault,
        Type::Text,
        "what a node did wrong: `equivocation`, `invalid_block`, `missed_turn`",
    ),
    (
        "content",
        Field::Content,
        Type::Texts,
        "categories of the thesaurus that its texts matched",
    ),
];

/// Fields of `from` and `to`.
pub(crate) const PARTY: [Row<PartyField>; 5] = [
    (
        "account",
        PartyField::Account,
        Type::Text,
        "the account on its chain",
    ),
    (
        "did",
        PartyField::Did,
        Type::Text,
        "the identity behind it, the same on all chains",
    ),
    (
        "kind",
        PartyField::Kind,
        Type::Text,
        "`person`, `organisation`, `node`, `thing`",
    ),
    (
        "organisation",
        PartyField::Organisation,
        Type::Text,
        "the organisation that vouches for the identity",
    ),
    (
        "level",
        PartyField::Level,
        Type::Int,
        "how well the identity was verified, 0 is not at all",
    ),
];

pub(crate) fn party_of(event: &Event, side: Side) -> Option<&Party> {
    match side {
        Side::From => event.from.as_deref(),
        Side::To => event.to.as_deref(),
    }
}

fn text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Absent, |text| Value::Text(Cow::Borrowed(text)))
}

fn whole(value: u64) -> Value<'static> {
    Value::Number(i128::from(value) * SCALE)
}

/// The value of a field; a list of texts is asked by `in` alone.
pub(crate) fn read(field: Field, event: &Event) -> Value<'_> {
    match field {
        Field::Id => text(Some(&event.id)),
        Field::Chain => text(Some(&event.chain)),
        Field::Kind => text(Some(event.kind.as_str())),
        Field::Time => whole(event.time),
        Field::Height => whole(event.height),
        Field::Asset => text(event.asset.as_deref()),
        Field::Amount => event
            .amount
            .map_or(Value::Absent, |amount| Value::Number(amount.0)),
        Field::Contract => text(event.contract.as_deref()),
        Field::Function => text(event.function.as_deref()),
        Field::Name => text(event.name.as_deref()),
        Field::Success => event.success.map_or(Value::Absent, Value::Bool),
        Field::Node => text(event.node.as_deref()),
        Field::Fault => text(event.fault.as_deref()),
        Field::Content => Value::Absent,
        Field::Party(side, field) => {
            party_of(event, side).map_or(Value::Absent, |party| of_party(party, field))
        }
    }
}

fn of_party(party: &Party, field: PartyField) -> Value<'_> {
    let identity: Option<&Identity> = party.identity.as_deref();
    match field {
        PartyField::Account => text(Some(&party.account)),
        PartyField::Did => text(identity.map(|identity| &*identity.did)),
        PartyField::Kind => text(identity.map(|identity| &*identity.kind)),
        PartyField::Organisation => text(identity.and_then(|identity| identity.organisation.as_deref())),
        PartyField::Level => identity.map_or(Value::Absent, |identity| whole(u64::from(identity.level))),
    }
}
