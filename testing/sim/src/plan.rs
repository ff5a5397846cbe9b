//! What happens to a simulated city, drawn from a seed before it starts: links, crashes, partitions, power cuts.
//!
//! A plan is data: printing it explains a failure, and the same seed always gives the same plan.

use anyhow::Context as _;
use civitas_types::{Epochs, Height};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::collections::{BTreeMap, BTreeSet};

/// Nodes of a simulated city that are all validators: the smallest that survives one that lies.
const NODES: usize = 4;
/// Nodes of a city whose validators change, of which `NODES` at a time are validators.
const NODES_CHANGING: usize = 6;
/// Blocks of an epoch there: short, so that a run goes through many.
const EPOCH_BLOCKS: std::ops::RangeInclusive<u64> = 4..=8;
/// Virtual milliseconds of a stage, at least and at most.
const STAGE_MS: std::ops::RangeInclusive<u64> = 2_000..=5_000;
/// Stages before the last, at most; each ends with a power cut for all nodes.
const POWER_CUTS_MAX: usize = 2;
/// Faults of one stage, at most.
const FAULTS_MAX: usize = 5;

/// Virtual milliseconds between two deaths of a forgetful node.
const KILL_BEAT_MS: u64 = 250;

/// A whole run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed it was drawn from.
    pub seed: u64,
    /// How every link behaves while nothing is cut.
    pub link: LinkPlan,
    /// Nodes of the city.
    pub nodes: usize,
    /// Who the validators are.
    pub membership: MembershipPlan,
    /// Parts of the run; between two of them the power of all nodes is cut, and what was not synced is lost.
    pub stages: Vec<Stage>,
}

/// Who the validators of a city are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipPlan {
    /// All nodes, always.
    All,
    /// Others in every epoch, by the seed.
    Changing {
        /// Blocks of an epoch.
        epoch_blocks: u64,
    },
    /// As the organisations of the city vote: the registry of nodes says who orders an epoch.
    Voted {
        /// Blocks of an epoch.
        epoch_blocks: u64,
    },
}

impl MembershipPlan {
    /// The validators of an epoch, in a city of `nodes`: a function of the seed and the epoch. Before anybody votes all.
    pub fn validators(self, seed: u64, nodes: usize, epoch: u64) -> Vec<usize> {
        let mut all: Vec<usize> = (0..nodes).collect();
        if !matches!(self, Self::Changing { .. }) {
            return all;
        }
        let mut chance = StdRng::seed_from_u64(seed ^ epoch.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        while all.len() > NODES {
            all.swap_remove(chance.random_range(0..all.len()));
        }
        all
    }
}

/// Planned changes of the validators, as blocks show them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlannedChanges {
    /// Epochs that were reached, with other validators than the epoch before.
    pub due: u64,
    /// Those of them in which a node made a block that was no validator in the epoch before.
    pub done: u64,
}

/// How a link behaves.
#[derive(Clone, Copy, Debug)]
pub struct LinkPlan {
    /// One way, in milliseconds.
    pub latency_ms: u64,
    /// Standard deviation of the latency, in milliseconds.
    pub jitter_ms: u64,
    /// Messages that are lost, of a thousand.
    pub lost_per_mille: u32,
}

/// A part of a run between two power cuts.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Virtual milliseconds that it lasts.
    pub duration_ms: u64,
    /// What happens, by virtual milliseconds since its begin.
    pub events: Vec<(u64, Event)>,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The node's process is killed; what it wrote stays.
    Kill(usize),
    /// A killed node starts again on its data.
    Start(usize),
    /// The nodes of the list are cut off from the others.
    Isolate(Vec<usize>),
    /// All links work again.
    Heal,
    /// The node loses its disk, and starts with its key alone.
    Wipe(usize),
}

impl Plan {
    /// Draws a plan.
    pub fn draw(seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let link = LinkPlan {
            latency_ms: chance.random_range(1..=40),
            jitter_ms: chance.random_range(0..=10),
            lost_per_mille: if chance.random_bool(0.5) {
                0
            } else {
                chance.random_range(1..=50)
            },
        };
        let cuts = chance.random_range(0..=POWER_CUTS_MAX);
        let stages = (0..=cuts).map(|_| Stage::draw(&mut chance, NODES)).collect();
        Self {
            seed,
            link,
            nodes: NODES,
            membership: MembershipPlan::All,
            stages,
        }
    }

    /// Draws a plan for a city whose validators change every few blocks, by plan or by vote; a node may also lose its
    /// disk.
    pub fn changing(seed: u64) -> Self {
        let mut plan = Self::draw(seed);
        let mut chance = StdRng::seed_from_u64(!seed);
        plan.nodes = NODES_CHANGING;
        let epoch_blocks = chance.random_range(EPOCH_BLOCKS);
        plan.membership = if seed.is_multiple_of(2) {
            MembershipPlan::Changing { epoch_blocks }
        } else {
            MembershipPlan::Voted { epoch_blocks }
        };
        for stage in &mut plan.stages {
            *stage = Stage::draw(&mut chance, NODES_CHANGING);
        }
        if chance.random_bool(0.5) {
            let stage = chance.random_range(0..plan.stages.len());
            let stage = &mut plan.stages[stage];
            let at = chance.random_range(0..stage.duration_ms);
            stage
                .events
                .push((at, Event::Wipe(chance.random_range(0..NODES_CHANGING))));
            stage.events.sort_by_key(|(at, _)| *at);
        }
        plan
    }

    /// Counts the changes of the validators that are planned, by who made the block at each height.
    ///
    /// # Errors
    /// None of the validators of an epoch made one of its blocks.
    pub fn changes(
        &self,
        epochs: Epochs,
        makers: &BTreeMap<Height, Option<usize>>,
    ) -> anyhow::Result<PlannedChanges> {
        let validators = |epoch| -> BTreeSet<usize> {
            let planned = self.membership.validators(self.seed, self.nodes, epoch);
            planned.into_iter().collect()
        };
        let mut seen: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
        for (height, maker) in makers {
            let epoch = epochs.of(*height);
            let validator = maker.filter(|maker| validators(epoch).contains(maker));
            let validator = validator.with_context(|| {
                format!("membership: block {height} was made by {maker:?}, no validator of epoch {epoch}")
            })?;
            seen.entry(epoch).or_default().insert(validator);
        }
        let highest = makers.keys().next_back().copied().unwrap_or_default();
        let mut changes = PlannedChanges::default();
        // An epoch is reached with the last block before it.
        for epoch in 1..=epochs.of(highest.next()) {
            let before = validators(epoch - 1);
            let has_newcomer = seen.get(&epoch).is_some_and(|seen| !seen.is_subset(&before));
            changes.due += u64::from(validators(epoch) != before);
            changes.done += u64::from(has_newcomer);
        }
        Ok(changes)
    }

    /// A plan in which node 0 is killed and started again and again, and nothing else happens.
    pub fn forgetful(seed: u64) -> Self {
        let mut plan = Self::draw(seed);
        let mut chance = StdRng::seed_from_u64(!seed);
        plan.link = LinkPlan {
            latency_ms: chance.random_range(10..=40),
            jitter_ms: 0,
            lost_per_mille: 0,
        };
        for stage in &mut plan.stages {
            let beats = stage.duration_ms / KILL_BEAT_MS;
            let pair = |beat| {
                [
                    (beat * KILL_BEAT_MS, Event::Kill(0)),
                    (beat * KILL_BEAT_MS + 1, Event::Start(0)),
                ]
            };
            stage.events = (1..beats).flat_map(pair).collect();
        }
        plan
    }
}

impl Stage {
    fn draw(chance: &mut StdRng, nodes: usize) -> Self {
        let duration_ms = chance.random_range(STAGE_MS);
        let mut events = Vec::new();
        for _ in 0..chance.random_range(0..=FAULTS_MAX) {
            let begin = chance.random_range(0..duration_ms);
            let end = chance.random_range(begin..=duration_ms);
            let node = chance.random_range(0..nodes);
            let (fault, mended) = if chance.random_bool(0.5) {
                (Event::Kill(node), Event::Start(node))
            } else {
                let size = chance.random_range(1..=nodes / 2);
                (
                    Event::Isolate((0..size).map(|offset| (node + offset) % nodes).collect()),
                    Event::Heal,
                )
            };
            events.push((begin, fault));
            events.push((end, mended));
        }
        events.sort_by_key(|(at, _)| *at);
        Self { duration_ms, events }
    }
}
