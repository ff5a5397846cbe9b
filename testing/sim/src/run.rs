//! Runs a plan and watches the invariants: agreement, nothing acknowledged lost, no double vote, blocks by the planned
//! validators alone, progress after everything is mended.

use crate::{
    city::{City, Context, Plot},
    governor::Governor,
    load::Clients,
    plan::{Event, MembershipPlan, Plan, PlannedChanges, Stage},
};
use anyhow::{Context as _, bail, ensure};
use civitas_consensus_simplex::VotingStart;
use civitas_invariants::{Acknowledged, Agreement};
use civitas_types::{Epochs, Height};
use commonware_runtime::{Clock as _, deterministic};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{collections::BTreeMap, time::Duration};

/// Virtual time between two looks at the city.
const TICK: Duration = Duration::from_millis(50);
/// Virtual time after which a mended city must have done everything that is under way.
const PROGRESS_MS_MAX: u64 = 60_000;
/// Virtual time after which a run is stuck.
const RUN_MAX: Duration = Duration::from_secs(600);

/// A fault that is built in on purpose, to show that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Bug {
    /// A validator forgets what it voted whenever it is killed, and votes again at once.
    DoubleVote,
    /// The disk of every node forgets at each power cut what it was told to sync.
    MissingFsync,
}

/// What a run has seen; outlives power cuts.
#[derive(Default)]
struct Record {
    clients: Clients,
    /// Where the validators change by vote.
    governor: Option<Governor>,
    changes: u64,
    acknowledged: Acknowledged,
    agreement: Agreement,
    /// The node that made each block, see [`City::maker`].
    makers: BTreeMap<Height, Option<usize>>,
    checked: Vec<Height>,
    /// How often each node lost its disk.
    wiped: Vec<u32>,
}

impl Record {
    fn wipe(&mut self, node: usize) {
        self.wiped[node] += 1;
        self.checked[node] = Height::GENESIS;
    }
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// Blocks of the ledger.
    pub blocks: u64,
    /// Transactions whose receipts were seen.
    pub acknowledged: usize,
    /// Changes of the validators.
    pub changes: Changes,
}

/// Changes of the validators of one city.
#[derive(Clone, Copy, Debug, Default)]
pub enum Changes {
    /// The validators stay.
    #[default]
    None,
    /// As planned.
    Planned {
        /// Boundaries that were reached, behind which the plan has other validators.
        due: u64,
        /// Those behind which one of the new validators made a block.
        done: u64,
    },
    /// As the city votes.
    Voted {
        /// Executed proposals that gave a node the vote or took it.
        due: u64,
        /// Sets of validators that came of them.
        done: u64,
    },
}

/// Runs a plan to its end.
///
/// # Errors
/// The first violation of an invariant.
pub fn run(plan: &Plan, bug: Option<Bug>) -> anyhow::Result<Outcome> {
    let plot = Plot::new(plan)?;
    let voted = matches!(plan.membership, MembershipPlan::Voted { .. });
    let mut record = Record {
        governor: voted.then(|| Governor::new(plot.node_keys())),
        wiped: vec![0; plan.nodes],
        ..Record::default()
    };
    let config = deterministic::Config::new()
        .with_seed(plan.seed)
        .with_timeout(Some(RUN_MAX));
    let mut runner = deterministic::Runner::new(config);
    let last = plan.stages.len() - 1;
    for (index, stage) in plan.stages.iter().enumerate() {
        let part = Part {
            plan,
            stage,
            is_last: index == last,
            bug,
        };
        let (result, checkpoint) =
            runner.start_and_recover(|context| part.play(context, &plot, std::mem::take(&mut record)));
        record = result.with_context(|| format!("stage {index}"))?;
        if bug == Some(Bug::MissingFsync) {
            // All that the nodes wrote in this stage is gone, though they were told that it is safe.
            let config = deterministic::Config::new()
                .with_seed(plan.seed)
                .with_timeout(Some(RUN_MAX));
            runner = deterministic::Runner::new(config);
        } else {
            runner = deterministic::Runner::from(checkpoint);
        }
    }
    Ok(Outcome {
        blocks: record.agreement.highest().get(),
        acknowledged: record.acknowledged.count(),
        changes: changes(plan, plot.epochs(), &record)?,
    })
}

fn changes(plan: &Plan, epochs: Epochs, record: &Record) -> anyhow::Result<Changes> {
    Ok(match plan.membership {
        MembershipPlan::All => Changes::None,
        MembershipPlan::Voted { .. } => Changes::Voted {
            due: record.governor.as_ref().map_or(0, Governor::changes),
            done: record.changes,
        },
        MembershipPlan::Changing { .. } => {
            let PlannedChanges { due, done } = plan.changes(epochs, &record.makers)?;
            Changes::Planned { due, done }
        }
    })
}

/// A stage with what it needs to know of its plan.
struct Part<'a> {
    plan: &'a Plan,
    stage: &'a Stage,
    is_last: bool,
    bug: Option<Bug>,
}

impl Part<'_> {
    async fn play(&self, context: Context, plot: &Plot, mut record: Record) -> anyhow::Result<Record> {
        // After a power cut every block is compared again: nothing shown before may be missing or different.
        record.checked = vec![Height::GENESIS; self.plan.nodes];
        record.clients.restart();
        if let Some(governor) = &mut record.governor {
            governor.restart();
        }
        let mut city = City::new(context, plot, self.plan.link).await?;
        let mut chance = StdRng::seed_from_u64(self.plan.seed ^ self.stage.duration_ms);
        for node in 0..self.plan.nodes {
            self.start(&mut city, &record, node).await?;
        }
        let mut events = self.stage.events.iter().peekable();
        let mut now_ms = 0;
        while now_ms < self.stage.duration_ms {
            while let Some((_, event)) = events.next_if(|(at, _)| *at <= now_ms) {
                self.happen(&mut city, &mut record, event).await?;
            }
            city.context().sleep(TICK).await;
            now_ms += TICK.as_millis() as u64;
            use_city(&city, &mut record, &mut chance, now_ms, true).await?;
            check(&city, &mut record).await?;
        }
        if self.is_last {
            self.finish(&mut city, &mut record, &mut chance).await?;
        }
        city.end();
        Ok(record)
    }

    async fn happen(&self, city: &mut City<'_>, record: &mut Record, event: &Event) -> anyhow::Result<()> {
        match event {
            Event::Kill(node) => {
                city.kill(*node).await;
                if self.bug == Some(Bug::DoubleVote) && *node == 0 {
                    record.wipe(0);
                }
                Ok(())
            }
            Event::Start(node) => self.start(city, record, *node).await,
            Event::Isolate(nodes) => {
                city.isolate(nodes).await;
                Ok(())
            }
            Event::Heal => city.heal().await,
            Event::Wipe(node) => {
                city.kill(*node).await;
                record.wipe(*node);
                let wiped = record.wiped[*node];
                city.start(*node, wiped, VotingStart::AfterCatchUp)
                    .await
                    .with_context(|| format!("node {node} cannot start without its disk"))
            }
        }
    }

    async fn start(&self, city: &mut City<'_>, record: &Record, node: usize) -> anyhow::Result<()> {
        city.start(node, record.wiped[node], VotingStart::Immediately)
            .await
            .with_context(|| format!("node {node} cannot start"))
    }

    /// Mends everything; then what is under way must be done, on all nodes alike.
    async fn finish(
        &self,
        city: &mut City<'_>,
        record: &mut Record,
        chance: &mut StdRng,
    ) -> anyhow::Result<()> {
        city.heal().await?;
        for node in 0..self.plan.nodes {
            self.start(city, record, node).await?;
        }
        let first_goal = record.agreement.highest().next();
        let mut waited_ms = 0;
        loop {
            let newest_seen = record
                .acknowledged
                .iter()
                .map(|(_, height)| height)
                .max()
                .unwrap_or_default();
            let goal = first_goal.max(newest_seen);
            if record.clients.waiting() == 0 && lowest(city) >= goal {
                break;
            }
            ensure!(
                waited_ms < PROGRESS_MS_MAX,
                "progress: {} transactions wait and the lowest node is at {} of {goal}, {PROGRESS_MS_MAX} ms after mending",
                record.clients.waiting(),
                lowest(city)
            );
            city.context().sleep(TICK).await;
            waited_ms += TICK.as_millis() as u64;
            use_city(city, record, chance, self.stage.duration_ms + waited_ms, false).await?;
            check(city, record).await?;
        }
        if let (Some(_), Some(node)) = (&record.governor, &city.nodes[0]) {
            record.changes = node.changes()?;
        }
        check_acknowledged(city, record).await
    }
}

fn lowest(city: &City<'_>) -> Height {
    let heights = city.nodes.iter().flatten().map(|node| node.store().head().height);
    heights.min().unwrap_or_default()
}

/// Clients send and look for receipts, each time at a node of their choice.
async fn use_city(
    city: &City<'_>,
    record: &mut Record,
    chance: &mut StdRng,
    now_ms: u64,
    fresh: bool,
) -> anyhow::Result<()> {
    let Some(node) = &city.nodes[chance.random_range(0..city.nodes.len())] else {
        return Ok(());
    };
    if let (Some(governor), true) = (&mut record.governor, fresh) {
        governor.act(node, chance, now_ms).await?;
    }
    if let Some(raw) = record.clients.next_to_send(chance, now_ms, fresh) {
        node.send(&raw).await?;
    }
    for _ in 0..4 {
        let Some(transfer) = record.clients.next_to_look_for(chance) else {
            return Ok(());
        };
        if let Some(receipt) = node.receipt(transfer).await? {
            record.acknowledged.record(transfer, receipt.height);
            record.clients.seen(transfer);
        }
    }
    Ok(())
}

/// Compares the blocks that nodes have made since the last look, and looks for double votes.
async fn check(city: &City<'_>, record: &mut Record) -> anyhow::Result<()> {
    for (index, node) in city.nodes.iter().enumerate() {
        let Some(node) = node else { continue };
        let name = format!("node{index}");
        let head = node.store().head().height;
        while record.checked[index] < head {
            let height = record.checked[index].next();
            let Some(block) = node.store().block(height).await? else {
                bail!("{name} has no block {height}")
            };
            record.agreement.observe(&name, height, block.hash)?;
            record.makers.insert(height, city.maker(&block));
            record.checked[index] = height;
        }
        ensure!(
            node.contradictions() == 0,
            "votes: {name} saw a validator contradict itself"
        );
    }
    let blocked = city.blocked().await?;
    ensure!(
        blocked.is_empty(),
        "votes: nodes cut others off because they broke the protocol: {blocked:?}"
    );
    Ok(())
}

async fn check_acknowledged(city: &City<'_>, record: &Record) -> anyhow::Result<()> {
    for node in city.nodes.iter().flatten() {
        for (transaction, _) in record.acknowledged.iter() {
            let receipt = node.receipt(transaction).await?;
            record
                .acknowledged
                .check(transaction, receipt.map(|receipt| receipt.height))?;
        }
    }
    Ok(())
}
