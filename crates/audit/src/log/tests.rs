//! A log after crashes, and after damage.

use super::*;
use crate::tests::{Scratch, entry, fill};
use rand::{SeedableRng as _, rngs::StdRng};

const SEGMENT_BYTES: u64 = 1_500;

fn open(scratch: &Scratch) -> Result<Log, LogError> {
    Log::open(scratch.path(), SEGMENT_BYTES)
}

#[test]
fn a_log_goes_on_where_it_was() {
    let mut rng = StdRng::seed_from_u64(1);
    let scratch = Scratch::new();
    let mut log = open(&scratch).unwrap();
    assert_eq!((log.head(), log.position()), (None, None));
    fill(&mut log, &mut rng, 20);
    let (head, position) = (log.head(), log.position());
    drop(log);
    assert!(scratch.files().len() > 3, "several files");
    let mut log = open(&scratch).unwrap();
    assert_eq!((log.head(), log.position()), (head, position));
    fill(&mut log, &mut rng, 20);
    assert_eq!(log.head().unwrap().index, 39);
    assert!(crate::verify(scratch.path(), &[]).unwrap().finding.is_none());
}

/// A crash may leave any part of the last write, also of one that begins a file: the log goes on behind the last whole
/// record, as if the others had never been given.
#[test]
fn a_crash_at_every_byte_of_the_last_write_loses_only_what_was_not_durable() {
    for seed in 0..2 {
        let mut rng = StdRng::seed_from_u64(seed);
        let scratch = Scratch::new();
        let mut log = open(&scratch).unwrap();
        fill(&mut log, &mut rng, 3 + 2 * seed);
        let (before, durable) = (scratch.files(), scratch.text());
        let group: Vec<Entry> = (100..103).map(|number| entry(&mut rng, number)).collect();
        log.append(group.clone()).unwrap();
        drop(log);
        let (after, all) = (scratch.files(), scratch.text());
        let (path, whole) = after.last().unwrap();
        let old = before
            .iter()
            .find(|(known, _)| known == path)
            .map_or(0, |(_, content)| content.len());
        for length in old..=whole.len() {
            scratch.restore(&after);
            std::fs::write(path, &whole[..length]).unwrap();
            let mut log = open(&scratch).unwrap();
            let text = scratch.text();
            assert!(
                text.starts_with(&durable) && all.starts_with(&text),
                "seed {seed} length {length}"
            );
            let kept = usize::try_from(log.head().map_or(0, |head| head.index + 1)).unwrap();
            assert_eq!(kept, text.lines().count());
            let given = durable.lines().count();
            log.append(group[kept - given..].to_vec()).unwrap();
            drop(log);
            assert_eq!(scratch.text(), all, "seed {seed} length {length}");
            assert!(crate::verify(scratch.path(), &[]).unwrap().finding.is_none());
        }
    }
}

/// Everything else in the newest file is refused, with its name and line.
#[test]
fn a_damaged_line_is_refused_with_file_and_line() {
    let mut rng = StdRng::seed_from_u64(2);
    let scratch = Scratch::new();
    let mut log = Log::open(scratch.path(), SEGMENT_BYTES_MAX).unwrap();
    fill(&mut log, &mut rng, 5);
    drop(log);
    let files = scratch.files();
    let (path, content) = &files[0];
    let text = String::from_utf8(content.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let check = |content: &[u8], expected_line: u64| {
        scratch.restore(&files);
        std::fs::write(path, content).unwrap();
        match Log::open(scratch.path(), SEGMENT_BYTES_MAX) {
            Err(LogError::Damaged {
                path: found, line, ..
            }) => assert_eq!((&found, line), (path, expected_line)),
            other => panic!("line {expected_line}: {other:?}"),
        }
    };
    let mut start = 0;
    for (number, line) in lines.iter().enumerate() {
        for place in [0, line.len() / 2, line.len() - 1] {
            let mut changed = content.clone();
            changed[start + place] ^= 1;
            check(&changed, u64::try_from(number).unwrap() + 1);
        }
        start += line.len() + 1;
    }
    check(format!("{}\n{}\n", lines[0], lines[2]).as_bytes(), 2);
    check(format!("{}\n{}\n", lines[1], lines[2]).as_bytes(), 1);
    check(format!("{}\n\n", lines[0]).as_bytes(), 2);
}

#[test]
fn a_file_that_was_begun_and_not_written_is_used() {
    let mut rng = StdRng::seed_from_u64(3);
    let scratch = Scratch::new();
    let mut log = open(&scratch).unwrap();
    fill(&mut log, &mut rng, 2);
    drop(log);
    let next = Segment::at(scratch.path(), 2).path;
    std::fs::write(&next, "{\"index\":2").unwrap();
    let mut log = open(&scratch).unwrap();
    assert_eq!(log.head().unwrap().index, 1);
    fill(&mut log, &mut rng, 1);
    assert!(std::fs::read_to_string(&next).unwrap().ends_with('\n'));
    std::fs::write(Segment::at(scratch.path(), 9).path, "").unwrap();
    assert!(matches!(open(&scratch), Err(LogError::Damaged { line: 1, .. })));
}
