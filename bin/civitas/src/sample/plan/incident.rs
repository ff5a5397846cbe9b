//! The incident: somebody moves money that is not his; the regulator freezes account and identity, the account tries again
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
const CASE: &str = "case 2026-018: transfers of stolen tokens";

/// The rounds of this chapter.
pub fn rounds() -> anyhow::Result<Vec<Round>> {
    let [victim, _, fence, thief] = Person::CITIZENS;
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
    Ok(vec![
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
