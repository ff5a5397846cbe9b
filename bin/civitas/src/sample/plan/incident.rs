//! The incident: a large sum goes on in pieces just below the threshold of a report, which the rules of supervision find;
//! somebody moves money that is not his; the regulator freezes account and identity, the account tries again
//! and is refused; the emergency officer stops a token, and the regulator frees it. A validator fails meanwhile (`super`).

use super::{markets::transfer, round};
use crate::sample::{
    people::Person,
    step::{Outcome, Round, Step},
    tokens::Token,
};
use civitas_system_contracts::{
    address::{CONTROL, IDENTITIES},
    interfaces::{IControl, IIdentities},
};

/// Times that the frozen account tries again.
const TRIES: u128 = 3;
/// What comes in, in whole tokens, and the pieces in which it goes on: each a little below 50,000.
const SUM: u128 = 230_000;
const PIECES: [u128; 5] = [44_000, 46_500, 45_250, 47_800, 43_900];
const CASE: &str = "case 2026-018: transfers of stolen tokens";

/// The rounds of this chapter.
pub fn rounds() -> anyhow::Result<Vec<Round>> {
    let [victim, accomplice, fence, thief] = Person::CITIZENS;
    let token = Token::Tram.address()?;
    let freeze = IControl::freezeAccountCall {
        account: thief.address()?,
        reason: CASE.to_owned(),
    };
    let freeze_identity = IIdentities::freezeCall {
        id: thief.identity(),
        reason: CASE.to_owned(),
    };
    let stop = IControl::emergencyFreezeContractCall {
        target: token,
        reason: CASE.to_owned(),
    };
    let free = IControl::unfreezeContractCall { target: token };
    let tries =
        (1..=TRIES).map(|count| Ok(transfer(Token::Tram, thief, fence, count)?.but(Outcome::Refused)));
    let pieces = PIECES.map(|piece| transfer(Token::Harbour, fence, accomplice, piece));
    Ok(vec![
        round(
            "a large sum comes in",
            vec![transfer(Token::Harbour, Person::TREASURY, fence, SUM)?],
        ),
        round(
            "it goes on in pieces",
            pieces.into_iter().collect::<anyhow::Result<_>>()?,
        ),
        round("money is moved", vec![transfer(Token::Tram, thief, fence, 60)?]),
        round(
            "an account is frozen",
            vec![
                Step::call(Person::REGULATOR, CONTROL, &freeze),
                Step::call(Person::REGULATOR, IDENTITIES, &freeze_identity),
                Step::call(Person::EMERGENCY, CONTROL, &stop),
            ],
        ),
        round("it tries again", tries.collect::<anyhow::Result<_>>()?),
        round(
            "the token is stopped",
            vec![transfer(Token::Tram, victim, fence, 1)?.but(Outcome::Refused)],
        ),
        round(
            "the token is freed",
            vec![Step::call(Person::REGULATOR, CONTROL, &free)],
        ),
    ])
}
