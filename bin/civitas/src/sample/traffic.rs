//! Light traffic of a sample city: tokens go round among its companies, one transfer now and then.

use super::{
    ledger::Ledger,
    people::Person,
    step::Step,
    tokens::{self, Token, UNIT},
};
use alloy_primitives::U256;
use std::time::Duration;

/// Time between two transfers: every chart moves, and no disk fills.
const PAUSE: Duration = Duration::from_secs(2);
/// A node that does not answer is asked again after this.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(10);
/// Who trades. Citizens do not, so that a visitor who signs for one has its nonces for himself.
const TRADERS: [Person; 3] = [Person::TREASURY, Person::REGISTRAR, Person::TRAMS];

/// Goes on until it is dropped.
///
/// # Errors
/// The library refuses a key.
pub async fn run(ledger: &Ledger) -> anyhow::Result<()> {
    let pairs = TRADERS.iter().zip(TRADERS.iter().cycle().skip(1)).cycle();
    let amounts = (1_u128..=7).cycle();
    for ((from, to), amount) in pairs.zip(amounts) {
        let call = tokens::transferCall {
            to: to.address()?,
            amount: U256::from(amount * UNIT / 4),
        };
        let step = Step::call(*from, Token::Harbour.address()?, &call);
        let pause = match ledger.carry_out_step(&step).await {
            Ok(()) => PAUSE,
            Err(error) => {
                tracing::debug!(%error, "a transfer of the sample failed");
                PAUSE_AFTER_FAILURE
            }
        };
        tokio::time::sleep(pause).await;
    }
    Ok(())
}
