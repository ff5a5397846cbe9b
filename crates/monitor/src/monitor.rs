//! The monitor as its callers see it, and the loops that keep it going.

mod delivering;
mod rule_files;

use crate::{
    Config, Error, LedgerEvent, Result,
    alarms::{
        Alarms, Edit,
        evaluate::{EventWindows, Evidence, Offer},
    },
    api::{
        Alarm, Channel, ChannelDraft, Condition, HistoryEntry, HistoryParameters, InstantParameters, Labels,
        LogLine, LogParameters, Page, QueryData, RangeParameters, Rule, RuleDraft, SelectionParameters,
        Silence, SilenceDraft,
    },
    channels::{Sender, Zone},
    clock::Clock,
    logs::{LogKeeper, LogReader},
    metrics::{MonitorMetrics, Standing},
    otlp::OtlpSender,
    scrape::{Scraper, Told},
    series::{Queries, Row, SampleStore, TsinkStore, bounds},
};
use parking_lot::Mutex;
use std::{collections::BTreeSet, future::Future, sync::Arc, time::Duration};
use tokio::sync::{Mutex as AsyncMutex, Notify, Semaphore, broadcast, watch};

/// Between two looks at log files: who searches for a fault that was just seen finds it.
const FOLLOW_EVERY: Duration = Duration::from_secs(2);
/// Between two evaluations of all rules.
const EVALUATE_EVERY: Duration = Duration::from_secs(5);
/// Messages that are sent at a time: a receiver that does not answer holds up one of them.
const SENDING_MAX: usize = 8;
/// Threads for queries of people, and for those of rules: a heavy dashboard holds up no alarm.
const QUERY_WORKERS: usize = 2;
const RULE_WORKERS: usize = 1;
/// Searches of logs at a time; each holds a page of lines and some blocks.
const SEARCHES_MAX: usize = 4;

/// Watches a city. See the crate's documentation for its methods at a glance.
pub struct Monitor {
    clock: Arc<dyn Clock>,
    scrape_every: Duration,
    store: Arc<dyn SampleStore>,
    queries: Queries,
    rule_queries: Queries,
    scraper: AsyncMutex<Scraper>,
    keeper: Arc<Mutex<LogKeeper>>,
    reader: LogReader,
    searches: Semaphore,
    alarms: Alarms,
    events: EventWindows,
    sender: Sender,
    metrics: MonitorMetrics,
    otlp: Option<OtlpSender>,
    latest: Arc<Mutex<Vec<Row>>>,
    told: Arc<Mutex<Vec<Told>>>,
    evaluate: Notify,
}

impl Monitor {
    /// Opens the folder, which no other process may have open.
    ///
    /// # Errors
    /// Where files cannot be used, are damaged, or are in use.
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        tokio::task::spawn_blocking(move || Self::open_blocking(&config, clock))
            .await
            .map_err(|_| Error::Ending)?
            .map(Arc::new)
    }

    fn open_blocking(config: &Config, clock: Arc<dyn Clock>) -> Result<Self> {
        std::fs::create_dir_all(&config.folder).map_err(|source| Error::File {
            path: config.folder.clone(),
            source,
        })?;
        let scrape_every = Duration::from_secs(config.settings.scrape_seconds.max(1));
        // The index of logs takes the lock of the folder: it comes first.
        let keeper = LogKeeper::open(config)?;
        let reader = keeper.reader();
        let store: Arc<dyn SampleStore> = Arc::new(TsinkStore::open(
            &config.folder.join("metrics"),
            config.settings.metrics_retention(),
            scrape_every,
        )?);
        let sender = Sender::new(clock.clone(), Zone(config.settings.utc_offset_minutes))?;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            // Nodes are reached as they are named, whatever the environment says about the way to the world.
            .no_proxy()
            .build()
            .map_err(|source| Error::Client {
                source: Box::new(source),
            })?;
        let scraper = Scraper::new(client, store.clone(), config.nodes.clone(), &config.settings);
        let latest = scraper.latest();
        let told = scraper.told();
        let otlp = config.settings.otlp.as_ref();
        let otlp = otlp
            .map(|settings| OtlpSender::open(settings, latest.clone()))
            .transpose()?;
        Ok(Self {
            scrape_every,
            queries: Queries::start(&store, QUERY_WORKERS)?,
            rule_queries: Queries::start(&store, RULE_WORKERS)?,
            scraper: AsyncMutex::new(scraper),
            store,
            keeper: Arc::new(Mutex::new(keeper)),
            reader,
            searches: Semaphore::new(SEARCHES_MAX),
            alarms: Alarms::open(&config.folder, clock.now())?,
            events: EventWindows::open(&config.folder)?,
            sender,
            metrics: MonitorMetrics::new(),
            otlp,
            latest,
            told,
            evaluate: Notify::new(),
            clock,
        })
    }

    /// Keeps everything going until `shutdown` ends; returns after the last write. Call it once.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()> + Send) {
        let (ending, ended) = watch::channel(false);
        let loops = async {
            tokio::join!(
                self.every(self.scrape_every, ended.clone(), || self.scrape()),
                self.every(FOLLOW_EVERY, ended.clone(), || self.follow_logs()),
                self.evaluate_loop(ended.clone()),
                self.send_loop(ended.clone()),
                self.export_loop(ended.clone()),
            )
        };
        let end = async {
            shutdown.await;
            // Its receivers live as long as the loops.
            let _ = ending.send(true);
        };
        // Where the end has come already, no loop goes round even once.
        tokio::join!(biased; end, loops);
        let store = self.store.clone();
        let closed = tokio::task::spawn_blocking(move || store.close()).await;
        if let Ok(Err(error)) = closed {
            tracing::warn!(%error, "the store of metrics did not close well");
        }
    }

    async fn every<F: Future<Output = Result<()>>>(
        &self,
        period: Duration,
        mut ended: watch::Receiver<bool>,
        work: impl Fn() -> F,
    ) {
        while !*ended.borrow() {
            if let Err(error) = work().await {
                self.metrics.failed();
                tracing::warn!(%error, cause = ?std::error::Error::source(&error), "monitoring is disturbed");
            }
            tokio::select! {
                () = self.clock.sleep(period) => {}
                _ = ended.changed() => {}
            }
        }
    }

    async fn evaluate_loop(&self, mut ended: watch::Receiver<bool>) {
        while !*ended.borrow() {
            if let Err(error) = self.evaluate().await {
                self.metrics.failed();
                tracing::warn!(%error, cause = ?std::error::Error::source(&error), "alarms cannot be recorded");
            }
            tokio::select! {
                () = self.clock.sleep(EVALUATE_EVERY) => {}
                () = self.evaluate.notified() => {}
                _ = ended.changed() => {}
            }
        }
    }

    async fn export_loop(&self, ended: watch::Receiver<bool>) {
        let Some(otlp) = &self.otlp else { return };
        self.every(otlp.every, ended, || async {
            otlp.send().await;
            Ok(())
        })
        .await;
    }

    /// Sends metrics to the collector once.
    #[cfg(test)]
    pub(crate) async fn export_once(&self) {
        if let Some(otlp) = &self.otlp {
            otlp.send().await;
        }
    }

    /// Figures of the console's own, kept with those of the nodes from the next round on, until others are told.
    pub fn tell(&self, told: Vec<Told>) {
        *self.told.lock() = told;
    }

    /// Counts of the monitor and what it measures of this machine, in the text form of Prometheus, without the mark of the
    /// end: others may add theirs.
    pub fn exposition(&self) -> String {
        let standing = Standing {
            alarms: &self.alarms.alarms(),
            waiting: self.alarms.outbox.len(),
        };
        let own = |row: &&Row| row.name.starts_with("host_") || row.name.starts_with("process_");
        let mut machine: Vec<Row> = self.latest.lock().iter().filter(own).cloned().collect();
        machine.extend(self.told.lock().iter().map(|told| told.at(self.clock.now())));
        self.metrics.text(&standing, &machine)
    }

    /// Reads the metrics of all nodes once.
    pub(crate) async fn scrape(&self) -> Result<()> {
        self.scraper.lock().await.scrape(self.clock.now()).await
    }

    /// Reads what is new in log files once.
    pub(crate) async fn follow_logs(&self) -> Result<()> {
        let (keeper, now) = (self.keeper.clone(), self.clock.now());
        tokio::task::spawn_blocking(move || keeper.lock().follow(now).map(drop))
            .await
            .map_err(|_| Error::Ending)?
    }

    /// Evaluates all rules once, and hands on what must be told.
    pub(crate) async fn evaluate(&self) -> Result<()> {
        let now = self.clock.now();
        let evidence = Evidence {
            queries: &self.rule_queries,
            logs: &self.reader,
            events: &self.events,
        };
        let mut outcome = Ok(());
        for rule in self.alarms.rules() {
            let found = if rule.draft.enabled {
                evidence.holding(&rule, now).await
            } else {
                Ok(Default::default())
            };
            if matches!(found, Err(Error::Ending)) {
                return Ok(());
            }
            outcome = outcome.and(self.alarms.apply(&rule, found, now));
        }
        outcome
    }

    /// Evaluates a query at one moment.
    ///
    /// # Errors
    /// Where the query is wrong, costs too much, or too many wait.
    pub async fn query(&self, parameters: InstantParameters) -> Result<QueryData> {
        let at = match &parameters.time {
            Some(text) => bounds::time("time", text)?,
            None => self.clock.now(),
        };
        self.queries
            .run(move |store| store.instant(&parameters.query, at))
            .await
    }

    /// Evaluates a query at every step of a range.
    ///
    /// # Errors
    /// As [`Monitor::query`].
    pub async fn query_range(&self, parameters: RangeParameters) -> Result<QueryData> {
        let range = bounds::range(&parameters)?;
        self.queries
            .run(move |store| store.range(&parameters.query, range))
            .await
    }

    /// Names of labels.
    ///
    /// # Errors
    /// As [`Monitor::query`].
    pub async fn labels(&self, parameters: SelectionParameters) -> Result<Vec<String>> {
        let series = self.selected(parameters).await?;
        let names: BTreeSet<String> = series.into_iter().flat_map(Labels::into_keys).collect();
        Ok(names.into_iter().collect())
    }

    /// Values of a label.
    ///
    /// # Errors
    /// As [`Monitor::query`].
    pub async fn label_values(&self, name: &str, parameters: SelectionParameters) -> Result<Vec<String>> {
        let series = self.selected(parameters).await?;
        let values: BTreeSet<String> = series
            .into_iter()
            .filter_map(|mut labels| labels.remove(name))
            .collect();
        Ok(values.into_iter().collect())
    }

    /// Series of any of the selectors, of which there must be one.
    ///
    /// # Errors
    /// As [`Monitor::query`].
    pub async fn series(&self, parameters: SelectionParameters) -> Result<Vec<Labels>> {
        if parameters.matches.is_empty() {
            return Err(Error::field("match[]", "at least one selector is expected"));
        }
        self.selected(parameters).await
    }

    async fn selected(&self, parameters: SelectionParameters) -> Result<Vec<Labels>> {
        let (start, end) = (parameters.start.as_deref(), parameters.end.as_deref());
        let window = bounds::window(start, end, self.clock.now())?;
        self.queries
            .run(move |store| store.series(&parameters.matches, window))
            .await
    }

    /// Searches lines of logs, the newest first.
    ///
    /// # Errors
    /// Where the search is wrong, or the index fails.
    pub async fn logs(&self, parameters: LogParameters) -> Result<Page<LogLine>> {
        let _permit = self.searches.acquire().await.map_err(|_| Error::Ending)?;
        let reader = self.reader.clone();
        tokio::task::spawn_blocking(move || reader.search(&parameters))
            .await
            .map_err(|_| Error::Ending)?
    }

    /// All rules.
    pub fn rules(&self) -> Vec<Rule> {
        self.alarms.rules()
    }

    /// One rule.
    ///
    /// # Errors
    /// Where there is none.
    pub fn rule(&self, id: &str) -> Result<Rule> {
        self.alarms.rule(id)
    }

    /// Makes a rule.
    ///
    /// # Errors
    /// Where the draft is wrong, the name is taken, or there are too many.
    pub async fn create_rule(&self, draft: RuleDraft, by: &str) -> Result<Rule> {
        self.check_condition(&draft.condition).await?;
        let rule = self.alarms.create_rule(draft, by, self.clock.now())?;
        self.evaluate.notify_one();
        Ok(rule)
    }

    /// Changes the rule that `version` was read of.
    ///
    /// # Errors
    /// Where the draft is wrong, or another was faster.
    pub async fn replace_rule(&self, id: &str, version: u64, draft: RuleDraft, by: &str) -> Result<Rule> {
        self.check_condition(&draft.condition).await?;
        let rule = self.alarms.replace_rule(&self.edit(id, version, by), draft)?;
        self.evaluate.notify_one();
        Ok(rule)
    }

    fn edit<'a>(&self, id: &'a str, version: u64, by: &'a str) -> Edit<'a> {
        Edit {
            id,
            version,
            by,
            now: self.clock.now(),
        }
    }

    /// Deletes a rule with its silences; its alarms end.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn delete_rule(&self, id: &str, by: &str) -> Result<()> {
        self.alarms.delete_rule(id, by, self.clock.now())
    }

    async fn check_condition(&self, condition: &Condition) -> Result<()> {
        match condition {
            Condition::Metric { query, .. } | Condition::Absence { query, .. } => {
                let query = query.clone();
                self.queries.run(move |store| store.check(&query)).await
            }
            Condition::Log {
                words, level, node, ..
            } => {
                let parameters = LogParameters {
                    q: Some(words.clone()),
                    level: *level,
                    node: node.clone(),
                    limit: Some(1),
                    ..LogParameters::default()
                };
                self.logs(parameters).await.map(drop)
            }
            Condition::LedgerEvent { .. } => Ok(()),
        }
    }

    /// Alarms that ring or are about to, the gravest first.
    pub fn alarms(&self) -> Vec<Alarm> {
        self.alarms.alarms()
    }

    /// What has happened, the newest first.
    ///
    /// # Errors
    /// Where the cursor or limit is wrong.
    pub fn history(&self, parameters: HistoryParameters) -> Result<Page<HistoryEntry>> {
        self.alarms.history(&parameters)
    }

    /// Silences that last.
    pub fn silences(&self) -> Vec<Silence> {
        self.alarms.silences(self.clock.now())
    }

    /// Makes alarms of a rule quiet for a while.
    ///
    /// # Errors
    /// Where the draft is wrong, there is no such rule, or there are too many silences.
    pub async fn silence(&self, rule_id: &str, draft: SilenceDraft, by: &str) -> Result<Silence> {
        self.alarms.silence(rule_id, draft, by, self.clock.now())
    }

    /// Takes a silence back.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn end_silence(&self, id: &str, by: &str) -> Result<()> {
        self.alarms.end_silence(id, by, self.clock.now())?;
        self.evaluate.notify_one();
        Ok(())
    }

    /// Says that somebody takes care of all ringing alarms of a rule.
    ///
    /// # Errors
    /// Where none rings.
    pub async fn acknowledge(&self, rule_id: &str, comment: &str, by: &str) -> Result<Vec<Alarm>> {
        self.alarms.acknowledge(rule_id, comment, by, self.clock.now())
    }

    /// All channels, secrets masked.
    pub fn channels(&self) -> Vec<Channel> {
        self.alarms.channels()
    }

    /// One channel, secrets masked.
    ///
    /// # Errors
    /// Where there is none.
    pub fn channel(&self, id: &str) -> Result<Channel> {
        self.alarms.channel(id)
    }

    /// Makes a channel.
    ///
    /// # Errors
    /// Where the draft is wrong, the name is taken, or there are too many.
    pub async fn create_channel(&self, draft: ChannelDraft, by: &str) -> Result<Channel> {
        self.alarms.create_channel(draft, by, self.clock.now())
    }

    /// Changes the channel that `version` was read of. Secrets that come back masked stay, unless the receiver
    /// changes.
    ///
    /// # Errors
    /// Where the draft is wrong, or another was faster.
    pub async fn replace_channel(
        &self,
        id: &str,
        version: u64,
        draft: ChannelDraft,
        by: &str,
    ) -> Result<Channel> {
        self.alarms.replace_channel(&self.edit(id, version, by), draft)
    }

    /// Deletes a channel that no rule names.
    ///
    /// # Errors
    /// Where there is none, or a rule names it.
    pub async fn delete_channel(&self, id: &str, by: &str) -> Result<()> {
        self.alarms.delete_channel(id, by, self.clock.now())
    }

    /// Offers the events of a ledger up to `height` to the rules, the oldest first. Writes a small file now and then.
    pub fn offer_events(&self, ledger: &str, height: u64, events: &[LedgerEvent]) {
        let rules = self.alarms.rules();
        let offer = Offer {
            ledger,
            height,
            events,
        };
        if self.events.offer(&rules, &offer, self.clock.now()) {
            self.evaluate.notify_one();
        }
    }

    /// Up to which height the events of a ledger were offered, over restarts; `None` where none ever was.
    pub fn offered_height(&self, ledger: &str) -> Option<u64> {
        self.events.height(ledger)
    }

    /// Everything that happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<HistoryEntry> {
        self.alarms.subscribe()
    }
}
