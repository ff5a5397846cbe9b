//! The case: supervision opens it about who passed money on in pieces, isolates an account of his on a business chain by an order
//! of two people, orders that he himself be frozen, which waits for its approval, and asks the harbour, which replies.

use super::{BUSINESS, Circumstances, chains::TRADE, id, round};
use crate::sample::{
    people::Person,
    step::{Round, Step},
};
use alloy_primitives::{B256, Bytes, keccak256};
use civitas_system_contracts::{
    address::CASES,
    interfaces::ICases::{self, Action, Level},
};

/// Of all that is in the sample it is the first.
const CASE: u64 = 1;
/// Of its commands that on the account is the first.
const COMMAND: u64 = 1;
const NOTICE: u64 = 1;
const BASIS: &str = "Supervision Act § 12 · 监管条例第十二条";
const QUESTION: &str = "Who holds the account on Harbour Trade since March, and who paid into it?";
const ANSWER: &str = "The account was opened on 2 March for a trader of Pier 7; all payments came from one customer. Records of both are enclosed.";
const DAY: u64 = 24 * 3_600;

/// The rounds of this chapter.
pub fn rounds(city: &Circumstances) -> anyhow::Result<Vec<Round>> {
    let [_, _, fence, _] = Person::CITIZENS;
    let open = ICases::openCall {
        title: "Passing money on in pieces · 分拆转移资金".to_owned(),
        subject: format!("did:civitas:{}", alloy_primitives::hex::encode(fence.identity())),
        legalBasis: BASIS.to_owned(),
    };
    let account = fence.address()?.to_vec();
    let identity = fence.identity().to_vec();
    Ok(vec![
        round(
            "a case is opened",
            vec![Step::call(Person::REGULATOR, CASES, &open)],
        ),
        round(
            "evidence and orders",
            vec![
                evidence("statement of the Tram token's issuer, 3 pages, in file 2026-018 of the office"),
                order(id(TRADE), Action::FreezeAccount, account.into()),
                ask(city.now),
            ],
        ),
        round(
            "a second regulator approves, the harbour replies, another order waits",
            vec![
                Step::call(Person::COURT, CASES, &ICases::approveCall { id: COMMAND }),
                reply(),
                order(B256::ZERO, Action::FreezeIdentity, identity.into()),
            ],
        ),
    ])
}

fn evidence(source: &str) -> Step {
    let call = ICases::addEvidenceCall {
        caseId: CASE,
        hash: keccak256(source),
        source: source.to_owned(),
    };
    Step::call(Person::REGULATOR, CASES, &call)
}

fn order(chain: B256, action: Action, target: Bytes) -> Step {
    let is_identity = action == Action::FreezeIdentity;
    let order = ICases::Order {
        caseId: CASE,
        chain,
        action,
        target,
        level: Level::Isolation,
        legalBasis: BASIS.to_owned(),
        reason: "five payments below the threshold of a report within an hour".to_owned(),
        deadlineSeconds: if is_identity { DAY } else { 0 },
    };
    Step::call(Person::REGULATOR, CASES, &ICases::orderCall { order })
}

fn ask(now: u64) -> Step {
    let call = ICases::notifyCall {
        caseId: CASE,
        organisation: id(BUSINESS),
        subject: QUESTION.to_owned(),
        // The question is all of the text.
        textHash: keccak256(QUESTION),
        deadline: now + 14 * DAY,
    };
    Step::call(Person::REGULATOR, CASES, &call)
}

fn reply() -> Step {
    let call = ICases::replyCall {
        id: NOTICE,
        replyHash: keccak256(ANSWER),
        text: ANSWER.to_owned(),
    };
    Step::call(Person::BUSINESS, CASES, &call)
}
