//! Tokens of three kinds and who holds them, and a trade on the partition ledger.

use super::{PARTITION, round};
use crate::sample::{
    people::Person,
    step::{Act, Outcome, Round, Step},
    tokens::{self, Token, UNIT},
};
use alloy_primitives::{Bytes, U256};

/// Coins of each newcomer, in wei: enough to see them.
const COINS: u64 = 1_000_000_000_000_000_000;
/// Plots whose deeds are issued.
const PLOTS: [&str; 6] = [
    "Old Harbour 1 · 旧港一号",
    "Old Harbour 2 · 旧港二号",
    "West Bank 14",
    "Tram Lane 7 · 电车巷七号",
    "Library Square",
    "Lighthouse",
];

/// Coins and contracts.
pub fn creations() -> anyhow::Result<Vec<Round>> {
    Ok(vec![round(
        "accounts are funded, contracts are created",
        found()?,
    )])
}

/// The other rounds of this chapter.
pub fn rounds() -> anyhow::Result<Vec<Round>> {
    let mut rounds = vec![
        round("tokens are handed out", hand_out()?),
        round("tokens change hands", trade()?),
    ];
    rounds.push(on_partition(
        "a ledger of its own gets a contract",
        vec![deploy(Token::Bill)?],
    ));
    let mut steps = Vec::new();
    for (index, citizen) in (1_u128..).zip(&Person::CITIZENS[1..]) {
        steps.push(transfer(
            Token::Bill,
            Token::Bill.creator(),
            *citizen,
            index * 1_000,
        )?);
    }
    rounds.push(on_partition("bills of lading change hands", steps));
    Ok(rounds)
}

const fn on_partition(title: &'static str, steps: Vec<Step>) -> Round {
    Round {
        title,
        ledger: Some(PARTITION),
        steps,
    }
}

fn found() -> anyhow::Result<Vec<Step>> {
    let mut steps = Vec::new();
    for newcomer in Person::NEWCOMERS {
        let act = Act::Call {
            to: newcomer.address()?,
            coins: COINS,
            data: Bytes::new(),
        };
        steps.push(Step::new(Person::GOVERNANCE, act));
    }
    for token in [Token::Harbour, Token::Tram, Token::Deed, Token::Pass] {
        steps.push(deploy(token)?);
    }
    Ok(steps)
}

fn deploy(token: Token) -> anyhow::Result<Step> {
    let act = Act::Deploy {
        code: token.code()?,
        at: token.address()?,
    };
    Ok(Step::new(token.creator(), act))
}

/// Passes on whole tokens.
pub fn transfer(token: Token, from: Person, to: Person, whole: u128) -> anyhow::Result<Step> {
    let call = tokens::transferCall {
        to: to.address()?,
        amount: U256::from(whole * UNIT),
    };
    Ok(Step::call(from, token.address()?, &call))
}

fn hand_out() -> anyhow::Result<Vec<Step>> {
    let mut steps = Vec::new();
    for (index, newcomer) in (1_u128..).zip(Person::NEWCOMERS) {
        if newcomer != Person::TREASURY {
            steps.push(transfer(Token::Harbour, Person::TREASURY, newcomer, index * 250)?);
            steps.push(transfer(Token::Tram, Person::TREASURY, newcomer, index * 40)?);
        }
    }
    for (plot, owner) in PLOTS.into_iter().zip(Person::NEWCOMERS) {
        let call = tokens::issueCall {
            holder: owner.address()?,
            plot: plot.to_owned(),
        };
        steps.push(Step::call(Person::REGISTRAR, Token::Deed.address()?, &call));
    }
    for (kind, owner) in (0_u64..).zip(Person::NEWCOMERS) {
        let call = tokens::handCall {
            holder: owner.address()?,
            kind: U256::from(kind % 3),
            count: U256::from(kind + 1),
        };
        steps.push(Step::call(Person::TRAMS, Token::Pass.address()?, &call));
    }
    Ok(steps)
}

fn trade() -> anyhow::Result<Vec<Step>> {
    let [first, second, third, fourth] = Person::CITIZENS;
    let deed = tokens::transferFromCall {
        from: first.address()?,
        to: second.address()?,
        id: U256::from(1),
    };
    let allowance = tokens::approveCall {
        spender: Person::TRAMS.address()?,
        amount: U256::from(20 * UNIT),
    };
    Ok(vec![
        Step::call(first, Token::Deed.address()?, &deed),
        transfer(Token::Harbour, second, first, 90)?,
        transfer(Token::Harbour, third, fourth, 25)?,
        Step::call(third, Token::Tram.address()?, &allowance),
        // More than anybody has.
        transfer(Token::Harbour, fourth, first, 5_000_000)?.but(Outcome::Reverted),
        // Not the registrar.
        Step::call(
            Person::DEVELOPER,
            Token::Deed.address()?,
            &tokens::issueCall {
                holder: Person::DEVELOPER.address()?,
                plot: "Lighthouse".to_owned(),
            },
        )
        .but(Outcome::Reverted),
    ])
}
