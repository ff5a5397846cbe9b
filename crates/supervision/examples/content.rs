//! Recall, false positives and speed of the search for words, as tables for `docs/results/`.
//!
//! `cargo run --release -p civitas-supervision --features test-support --example content [WORDS]`

mod cpu_time;

use civitas_supervision::content::{
    Matcher,
    sample::{Trick, ordinary, samples, thesaurus},
    texts,
};
use std::collections::BTreeMap;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: usize = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let began = cpu_time::now();
    let matcher = Matcher::new(thesaurus(words, 1))?;
    println!(
        "{} words, compiled in {:.1} s, {} MiB.\n",
        matcher.thesaurus().words.len(),
        (cpu_time::now() - began).as_secs_f64(),
        matcher.heap_bytes() >> 20
    );
    let mut found = BTreeMap::<Trick, (usize, usize)>::new();
    let (mut texts, mut wrong) = (0, 0);
    for sample in samples(1_000, 7) {
        let matches = matcher.scan(&sample.text).matches;
        match sample.hidden {
            Some((word, trick)) => {
                let row = found.entry(trick).or_default();
                row.0 += 1;
                let is_hit = |place: std::ops::Range<usize>| {
                    place.start < sample.place.end && place.end > sample.place.start
                };
                row.1 += usize::from(
                    matches
                        .iter()
                        .any(|it| it.word == word && is_hit(it.start..it.end)),
                );
            }
            None => {
                texts += 1;
                wrong += usize::from(!matches.is_empty());
            }
        }
    }
    println!("| disguise | texts | found | recall |\n| --- | ---: | ---: | ---: |");
    for (trick, (all, hits)) in found {
        println!("| {trick:?} | {all} | {hits} | {} % |", 100 * hits / all);
    }
    println!("\n{wrong} of {texts} ordinary texts have a match.\n");
    for (name, text) in [
        ("mixed Chinese and English", ordinary(1 << 20, 3)),
        (
            "Chinese",
            "今天下午三点开会请带上合同和发票货物已经从港口发出".repeat(15_000),
        ),
        (
            "English",
            "The carrier confirms delivery to the warehouse, certificate attached. ".repeat(15_000),
        ),
        ("hex", "0x5afe04bd90ee13b0de2b9b1a0c5c1d7e".repeat(31_000)),
    ] {
        let mut best = f64::MAX;
        for _ in 0..7 {
            let began = cpu_time::now();
            let scan = matcher.scan(&text);
            let seconds = (cpu_time::now() - began).as_secs_f64();
            std::hint::black_box(scan);
            best = best.min(seconds * 1e6 * 1024.0 / f64::from(u32::try_from(text.len())?));
        }
        println!("{name}: {best:.2} µs per KiB");
    }
    measure_transactions(&matcher);
    Ok(())
}

/// What the check of a transaction costs a node.
fn measure_transactions(matcher: &Matcher) {
    println!("\n| call data of a transaction | bytes | µs |\n| --- | ---: | ---: |");
    for (name, input) in inputs() {
        let mut best = f64::MAX;
        for _ in 0..7 {
            let began = cpu_time::now();
            for _ in 0..REPEATS {
                let found = texts(&input).map(|text| matcher.scan(text).matches.len());
                std::hint::black_box(found.sum::<usize>());
            }
            best = best.min((cpu_time::now() - began).as_secs_f64() * 1e6 / f64::from(REPEATS));
        }
        println!("| {name} | {} | {best:.2} |", input.len());
    }
}

/// How often a transaction is searched for one figure: the clock is coarse.
const REPEATS: u32 = 100;

/// Call data as nodes search it.
fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let words = |text: &str| {
        let mut input = vec![0xab; 4];
        input.extend([0; 64]);
        input.extend(text.as_bytes());
        input
    };
    let mut transfer = vec![0xa9, 0x05, 0x9c, 0xbb];
    transfer.extend([0; 12]);
    transfer.extend((0..20).map(|place: u8| place.wrapping_mul(37).wrapping_add(101)));
    transfer.extend([0; 30]);
    transfer.extend([3, 232]);
    vec![
        ("ERC-20 transfer", transfer),
        ("a note of 300 bytes", words(&ordinary(300, 5))),
        ("a document of 16 KiB", words(&ordinary(16 << 10, 6))),
        ("as much as is searched", words(&ordinary(128 << 10, 7))),
    ]
}
