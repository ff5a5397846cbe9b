//! Lines of logs in `tantivy`, searched by pairs of characters.

use super::{
    grams::{self, PairTokenizer},
    line::Line,
    tail::Position,
};
use crate::{
    Error, Result, Time,
    api::{Level, LogLine, LogParameters, Page},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::Bound, path::Path};
use tantivy::{
    Index, IndexReader, IndexSettings, IndexWriter, Order, ReloadPolicy, TantivyDocument, TantivyError, Term,
    collector::{Count, TopDocs},
    directory::MmapDirectory,
    query::{AllQuery, BooleanQuery, Occur, Query, RangeQuery, TermQuery},
    schema::{
        FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value as _,
    },
};

/// Memory of the writer; the least that the index takes.
const WRITER_BYTES: usize = 15_000_000;
/// Blocks of stored lines that a reader keeps, 16 kB each.
const CACHED_BLOCKS: usize = 16;
/// Low bits of the order of a line that number lines of one millisecond.
const SEQUENCE_BITS: u32 = 20;
const LINES_DEFAULT: usize = 100;
const LINES_MAX: usize = 200;
/// Lines may be ahead of the clock by this much; what is further ahead is taken as now.
const AHEAD_MS_MAX: i64 = 60_000;

/// What a commit remembers beside the lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Lines that were ever kept.
    sequence: u64,
    /// How far each file was read.
    pub(crate) files: BTreeMap<String, Position>,
}

struct Fields {
    order: Field,
    level: Field,
    node: Field,
    target: Field,
    message: Field,
    text: Field,
}

/// The index; one process at a time.
pub(crate) struct LogIndex {
    fields: Fields,
    index: Index,
    reader: IndexReader,
    /// Absent after a failure: one that failed, as on a full disk, never works again, and a new one is made.
    writer: Option<IndexWriter>,
    pub(crate) progress: Progress,
    /// What the last commit remembers.
    committed: Progress,
}

/// Answers searches, beside the writer.
#[derive(Clone)]
pub(crate) struct LogReader {
    reader: IndexReader,
    fields: std::sync::Arc<Fields>,
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let pairs = TextFieldIndexing::default()
        .set_tokenizer("pairs")
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let fields = Fields {
        order: builder.add_u64_field("order", FAST),
        level: builder.add_u64_field("level", FAST | STORED),
        node: builder.add_text_field("node", STRING | STORED),
        target: builder.add_text_field("target", STORED),
        message: builder.add_text_field("message", STORED),
        text: builder.add_text_field("text", TextOptions::default().set_indexing_options(pairs)),
    };
    (builder.build(), fields)
}

impl LogIndex {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|source| Error::File {
            path: folder.into(),
            source,
        })?;
        let (schema, fields) = schema();
        let directory = MmapDirectory::open(folder).map_err(|error| failed(error.into()))?;
        let settings = IndexSettings {
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let index = Index::builder()
            .schema(schema)
            .settings(settings)
            .open_or_create(directory)
            .map_err(failed)?;
        index.tokenizers().register("pairs", PairTokenizer::default());
        let progress = match index.load_metas().map_err(failed)?.payload {
            Some(text) => serde_json::from_str(&text).map_err(|source| Error::Damaged {
                path: folder.join("meta.json"),
                source,
            })?,
            None => Progress::default(),
        };
        let writer = new_writer(&index)?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(CACHED_BLOCKS)
            .try_into()
            .map_err(failed)?;
        Ok(Self {
            fields,
            index,
            reader,
            writer: Some(writer),
            committed: progress.clone(),
            progress,
        })
    }

    pub(crate) fn reader(&self) -> LogReader {
        LogReader {
            reader: self.reader.clone(),
            fields: std::sync::Arc::new(schema().1),
        }
    }

    /// Adds a line; it can be found after the next commit.
    pub(crate) fn add(&mut self, node: &str, line: &Line, now: Time) -> Result<()> {
        let time = line
            .time
            .filter(|time| time.0 <= now.0.saturating_add(AHEAD_MS_MAX))
            .unwrap_or(now);
        self.progress.sequence += 1;
        let low = self.progress.sequence & ((1 << SEQUENCE_BITS) - 1);
        let mut document = TantivyDocument::default();
        document.add_u64(self.fields.order, order(time) | low);
        document.add_u64(self.fields.level, rank(line.level.unwrap_or(Level::Info)));
        document.add_text(self.fields.node, node);
        document.add_text(self.fields.target, &line.target);
        document.add_text(self.fields.message, &line.message);
        document.add_text(self.fields.text, format!("{}\n{}", line.message, line.target));
        self.writer()?.add_document(document).map_err(failed)?;
        Ok(())
    }

    fn writer(&mut self) -> Result<&mut IndexWriter> {
        match &mut self.writer {
            Some(writer) => Ok(writer),
            None => Err(Error::Ending),
        }
    }

    /// Forgets what was added since the last commit, and how far files were read for it: it is read again.
    pub(crate) fn begin_anew(&mut self) -> Result<()> {
        self.progress = self.committed.clone();
        // The lock of the folder goes with the old one.
        self.writer = None;
        self.writer = Some(new_writer(&self.index)?);
        Ok(())
    }

    /// Makes what was added durable and searchable, together with how far files were read.
    pub(crate) fn commit(&mut self) -> Result<()> {
        // Numbers and paths always become JSON.
        let payload = serde_json::to_string(&self.progress).unwrap_or_default();
        let mut prepared = self.writer()?.prepare_commit().map_err(failed)?;
        prepared.set_payload(&payload);
        prepared.commit().map_err(failed)?;
        self.committed = self.progress.clone();
        self.reader.reload().map_err(failed)
    }

    /// Forgets lines from before `oldest`, and the oldest beyond `lines_max`.
    pub(crate) fn prune(&mut self, oldest: Time, lines_max: u64, now: Time) -> Result<()> {
        let mut cut = order(oldest);
        let searcher = self.reader.searcher();
        if searcher.num_docs() > lines_max {
            // The latest moment since which there are still enough lines.
            let (mut low, mut high) = (cut, order(now.after(std::time::Duration::from_secs(60))));
            while high - low > 1 << SEQUENCE_BITS {
                let middle = low + (high - low) / 2;
                let query = between(self.fields.order, Bound::Included(middle), Bound::Unbounded);
                let count = searcher.search(&query, &Count).map_err(failed)?;
                if u64::try_from(count).unwrap_or(u64::MAX) > lines_max {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            cut = high;
        }
        let old = between(self.fields.order, Bound::Unbounded, Bound::Excluded(cut));
        if searcher.search(&old, &Count).map_err(failed)? == 0 {
            return Ok(());
        }
        self.writer()?.delete_query(Box::new(old)).map_err(failed)?;
        self.commit()
    }
}

impl LogReader {
    /// Searches, the newest lines first.
    pub(crate) fn search(&self, parameters: &LogParameters) -> Result<Page<LogLine>> {
        let limit = parameters.limit.unwrap_or(LINES_DEFAULT);
        if !(1..=LINES_MAX).contains(&limit) {
            return Err(Error::field("limit", format!("1 to {LINES_MAX} is possible")));
        }
        let before = parameters
            .cursor
            .as_deref()
            .map(|cursor| {
                u64::from_str_radix(cursor, 16)
                    .map_err(|_| Error::field("cursor", "it does not come from here"))
            })
            .transpose()?;
        let query = self.query(parameters, before)?;
        let searcher = self.reader.searcher();
        let collector = TopDocs::with_limit(limit + 1).order_by_u64_field("order", Order::Desc);
        let found = searcher.search(&query, &collector).map_err(failed)?;
        let more = found.len() > limit;
        let mut items = Vec::with_capacity(limit);
        for (order, address) in found.into_iter().take(limit) {
            let document: TantivyDocument = searcher.doc(address).map_err(failed)?;
            items.push(self.line(&document, order.unwrap_or_default()));
        }
        let next = items.last().filter(|_| more).map(|line| line.id.clone());
        Ok(Page { items, next })
    }

    /// How many lines a search finds.
    pub(crate) fn count(&self, parameters: &LogParameters) -> Result<u64> {
        let query = self.query(parameters, None)?;
        let count = self.reader.searcher().search(&query, &Count).map_err(failed)?;
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    fn query(&self, parameters: &LogParameters, before: Option<u64>) -> Result<BooleanQuery> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        match grams::query(parameters.q.as_deref().unwrap_or_default(), self.fields.text)? {
            Some(words) => clauses.push((Occur::Must, words)),
            None => clauses.push((Occur::Must, Box::new(AllQuery))),
        }
        if let Some(level) = parameters.level {
            let query = between(self.fields.level, Bound::Included(rank(level)), Bound::Unbounded);
            clauses.push((Occur::Must, Box::new(query)));
        }
        if let Some(node) = &parameters.node {
            let term = Term::from_field_text(self.fields.node, node);
            clauses.push((
                Occur::Must,
                Box::new(TermQuery::new(term, IndexRecordOption::Basic)),
            ));
        }
        let from = parameters.from.map(order);
        let until = match (parameters.to.map(order), before) {
            (Some(to), Some(before)) => Some(to.min(before)),
            (to, before) => to.or(before),
        };
        if from.is_some() || until.is_some() {
            let query = between(
                self.fields.order,
                from.map_or(Bound::Unbounded, Bound::Included),
                until.map_or(Bound::Unbounded, Bound::Excluded),
            );
            clauses.push((Occur::Must, Box::new(query)));
        }
        Ok(BooleanQuery::new(clauses))
    }

    fn line(&self, document: &TantivyDocument, order: u64) -> LogLine {
        let text = |field: Field| {
            let value = document.get_first(field);
            value
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let level = document
            .get_first(self.fields.level)
            .and_then(|value| value.as_u64());
        let level = Level::ALL.into_iter().find(|known| Some(rank(*known)) == level);
        LogLine {
            id: format!("{order:016x}"),
            time: Time(i64::try_from(order >> SEQUENCE_BITS).unwrap_or_default()),
            level: level.unwrap_or(Level::Info),
            node: text(self.fields.node),
            target: text(self.fields.target),
            message: text(self.fields.message),
        }
    }
}

fn new_writer(index: &Index) -> Result<IndexWriter> {
    index.writer_with_num_threads(1, WRITER_BYTES).map_err(failed)
}

/// The place of the first line of a moment among all lines.
fn order(time: Time) -> u64 {
    u64::try_from(time.0).unwrap_or_default() << SEQUENCE_BITS
}

fn rank(level: Level) -> u64 {
    match level {
        Level::Trace => 0,
        Level::Debug => 1,
        Level::Info => 2,
        Level::Warn => 3,
        Level::Error => 4,
    }
}

fn between(field: Field, from: Bound<u64>, until: Bound<u64>) -> RangeQuery {
    let term = |bound: Bound<u64>| bound.map(|value| Term::from_field_u64(field, value));
    RangeQuery::new(term(from), term(until))
}

fn failed(source: TantivyError) -> Error {
    Error::Logs {
        source: Box::new(source),
    }
}
