//! A ledger without load: what it costs, and how fast a single transaction is final.

use super::{
    observe::{Observers, observer_of},
    process::Usage,
    report::{Percentiles, milliseconds},
    setup::Setup,
    target::Target,
};
use crate::rpc;
use anyhow::Context;
use jsonrpsee_client::http_client::HttpClient;
use std::time::{Duration, Instant};

/// Rest after the setup, and the time over which CPU is counted.
const SETTLE: Duration = Duration::from_secs(2);
const CPU_WINDOW: Duration = Duration::from_secs(5);
/// Single transactions.
const TRANSACTIONS: usize = 25;
/// The pause between two, so that each one meets an idle ledger: of another length each time, so that they do not
/// keep step with the heartbeat.
const PAUSE: Duration = Duration::from_millis(100);
const PAUSE_STEP_MS: u64 = 37;
const PAUSE_STEPS_MS: u64 = 101;
/// How long one transaction may take.
const FINAL_WAIT: Duration = Duration::from_secs(30);

/// Figures of the idle ledger.
#[derive(Clone, Debug)]
pub(super) struct Idle {
    pub(super) finality_ms: Option<Percentiles>,
    pub(super) cpu_percent: Option<f64>,
}

pub(super) async fn measure(
    target: &Target,
    clients: &[HttpClient],
    setup: &mut Setup<'_>,
) -> anyhow::Result<Idle> {
    tokio::time::sleep(SETTLE).await;
    let before = Usage::of(target.pids(), &[]);
    tokio::time::sleep(CPU_WINDOW).await;
    let cpu_percent = Usage::of(target.pids(), &[]).since(&before, 0).cpu_percent;
    let mut observers = Observers::start(target.urls()).await?;
    let mut finality = Vec::new();
    for index in 0..TRANSACTIONS {
        let node = index % clients.len();
        let (raw, hash) = setup.sign_trifle()?;
        let observer = observer_of(node, clients.len());
        let sent = Instant::now();
        rpc::send(&clients[node], &raw)
            .await
            .context("a single transaction was refused")?;
        let committed = async {
            loop {
                let seen = observers
                    .seen
                    .recv()
                    .await
                    .context("nothing is observed any more")?;
                if seen.observer == observer && seen.transactions.contains(&hash) {
                    return anyhow::Ok(seen.at);
                }
            }
        };
        let at = tokio::time::timeout(FINAL_WAIT, committed)
            .await
            .with_context(|| format!("{hash} is in no block after {FINAL_WAIT:?}"))??;
        finality.push(milliseconds(at.duration_since(sent)));
        let step = u64::try_from(index)? * PAUSE_STEP_MS % PAUSE_STEPS_MS;
        tokio::time::sleep(PAUSE + Duration::from_millis(step)).await;
    }
    Ok(Idle {
        finality_ms: Percentiles::of(finality),
        cpu_percent,
    })
}
