//! Every way to take away or alter a record, and what is said of it.

use super::*;
use crate::{
    Log,
    tests::{Scratch, fill},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// A log of several files, and two anchors of it.
fn log(seed: u64) -> (Scratch, Vec<Anchor>) {
    let mut rng = StdRng::seed_from_u64(seed);
    let scratch = Scratch::new();
    let mut log = Log::open(scratch.path(), 2_000).unwrap();
    let mut anchors = Vec::new();
    let mut from = 0;
    for count in [11, 8] {
        fill(&mut log, &mut rng, count);
        let head = log.head().unwrap();
        anchors.push(Anchor {
            from,
            to: head.index,
            hash: head.hash,
        });
        from = head.index + 1;
    }
    fill(&mut log, &mut rng, 5);
    (scratch, anchors)
}

/// The lines of a log by file, with the index of the first record of each.
fn lines(files: &[(PathBuf, Vec<u8>)]) -> Vec<(PathBuf, usize, Vec<String>)> {
    let mut first = 0;
    let mut all = Vec::new();
    for (path, content) in files {
        let text = String::from_utf8(content.clone()).unwrap();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let count = lines.len();
        all.push((path.clone(), first, lines));
        first += count;
    }
    all
}

fn write(path: &Path, lines: &[String]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(path, text).unwrap();
}

fn finding(scratch: &Scratch, anchors: &[Anchor]) -> Finding {
    verify(scratch.path(), anchors).unwrap().finding.unwrap()
}

#[test]
fn a_whole_log_is_whole() {
    let (scratch, anchors) = log(1);
    let report = verify(scratch.path(), &anchors).unwrap();
    assert!(report.finding.is_none());
    assert_eq!((report.records, report.anchored, report.anchors), (24, 19, 2));
    assert_eq!(report.unanchored(), 5);
    let empty = Scratch::new();
    assert!(verify(empty.path(), &[]).unwrap().finding.is_none());
    assert!(
        verify(&empty.path().join("nothing"), &[])
            .unwrap()
            .finding
            .is_none()
    );
    assert!(matches!(
        finding(&empty, &anchors).trouble,
        Trouble::Missing { to: 18 }
    ));
}

#[test]
fn every_flipped_byte_is_found_in_its_record() {
    for seed in 0..2 {
        let (scratch, anchors) = log(seed);
        let files = scratch.files();
        let mut rng = StdRng::seed_from_u64(seed);
        let last_file = files.len() - 1;
        for (file, (path, content)) in files.iter().enumerate() {
            let (_, first, lines) = lines(&files).remove(file);
            for place in 0..content.len() {
                let mut changed = content.clone();
                changed[place] ^= 1 << rng.random_range(0..8);
                std::fs::write(path, &changed).unwrap();
                let report = verify(scratch.path(), &anchors).unwrap();
                let line = content[..place].iter().filter(|byte| **byte == b'\n').count();
                if file == last_file && place + 1 == content.len() {
                    // Without its end the last line is that of a crash; no anchor covers it.
                    assert!(report.torn && report.finding.is_none());
                    continue;
                }
                let found = report.finding.unwrap();
                let expected = u64::try_from(first + line).unwrap();
                assert_eq!(
                    (found.index, &found.path),
                    (expected, path),
                    "seed {seed} byte {place}"
                );
                assert_eq!(found.line, u64::try_from(line + 1).unwrap());
                assert!(matches!(found.trouble, Trouble::Altered { .. }));
                assert!(line < lines.len());
            }
            std::fs::write(path, content).unwrap();
        }
    }
}

#[test]
fn every_removed_line_is_found_up_to_the_last_anchor() {
    let (scratch, anchors) = log(2);
    let files = scratch.files();
    for (path, first, lines) in lines(&files) {
        for number in 0..lines.len() {
            let mut kept = lines.clone();
            kept.remove(number);
            write(&path, &kept);
            let index = u64::try_from(first + number).unwrap();
            if index == 23 {
                // The last record of all, which is not anchored yet: nothing vouches for it.
                assert!(verify(scratch.path(), &anchors).unwrap().finding.is_none());
                continue;
            }
            let found = finding(&scratch, &anchors);
            assert_eq!(found.index, index);
            assert!(
                matches!(found.trouble, Trouble::Missing { to } if to == index),
                "{found}"
            );
        }
        write(&path, &lines);
    }
}

#[test]
fn every_removed_file_and_every_cut_is_found() {
    let (scratch, anchors) = log(3);
    let files = scratch.files();
    for (path, first, lines) in lines(&files) {
        std::fs::remove_file(&path).unwrap();
        let (first, end) = (
            u64::try_from(first).unwrap(),
            u64::try_from(first + lines.len()).unwrap(),
        );
        if first <= 18 {
            let found = finding(&scratch, &anchors);
            assert_eq!(found.index, first);
            assert!(
                matches!(found.trouble, Trouble::Missing { to } if to + 1 == end || to == 18),
                "{found}"
            );
        }
        scratch.restore(&files);
    }
    // The log cut off at every byte: found as soon as an anchored record is not whole.
    for (place, (path, content)) in files.iter().enumerate() {
        for (later, _) in &files[place + 1..] {
            std::fs::remove_file(later).unwrap();
        }
        let (_, first, _) = lines(&files).remove(place);
        for length in 0..content.len() {
            std::fs::write(path, &content[..length]).unwrap();
            let whole = first + content[..length].iter().filter(|byte| **byte == b'\n').count();
            let report = verify(scratch.path(), &anchors).unwrap();
            assert_eq!(report.records, u64::try_from(whole).unwrap());
            match report.finding {
                Some(found) => {
                    assert_eq!(found.index, u64::try_from(whole).unwrap());
                    assert!(matches!(found.trouble, Trouble::Missing { to: 18 }));
                }
                None => assert!(whole > 18, "cut at {length} of {}", path.display()),
            }
        }
        scratch.restore(&files);
    }
}

#[test]
fn swapped_repeated_and_moved_lines_are_found() {
    let (scratch, anchors) = log(4);
    let files = scratch.files();
    let mut rng = StdRng::seed_from_u64(4);
    for (path, first, lines) in lines(&files) {
        for _ in 0..20 {
            let (one, other) = (rng.random_range(0..lines.len()), rng.random_range(0..lines.len()));
            let mut changed = lines.clone();
            changed.swap(one, other);
            write(&path, &changed);
            if one != other {
                let expected = u64::try_from(first + one.min(other)).unwrap();
                assert_eq!(finding(&scratch, &anchors).index, expected);
            }
            let mut changed = lines.clone();
            changed.insert(other, lines[one].clone());
            write(&path, &changed);
            // Repeated: the second of the two stands where the next record should.
            let found = finding(&scratch, &anchors);
            let place = if one >= other { other } else { other.max(one + 1) };
            let same = if one == other { one + 1 } else { place };
            assert_eq!(
                found.index,
                u64::try_from(first + same).unwrap(),
                "{one} at {other}: {found}"
            );
        }
        write(&path, &lines);
    }
}

/// Who rewrites a record and all that follow, with right hashes, is found by the ledger.
#[test]
fn a_log_that_was_written_anew_is_found_by_its_anchor() {
    let (scratch, anchors) = log(5);
    let whole: Vec<Record> = crate::records(scratch.path())
        .unwrap()
        .map(|record| record.unwrap())
        .collect();
    for changed in 0..whole.len() {
        let forged = Scratch::new();
        let mut log = Log::open(forged.path(), 2_000).unwrap();
        for (index, record) in whole.iter().enumerate() {
            let mut entry = crate::Entry::new(record.kind.clone(), record.time_ms).by(&record.actor);
            entry.details = record.details.clone();
            entry.source = record.source;
            if index == changed {
                entry = entry.by("somebody else");
            }
            log.append(vec![entry]).unwrap();
        }
        let index = u64::try_from(changed).unwrap();
        let report = verify(forged.path(), &anchors).unwrap();
        let expected = anchors.iter().find(|anchor| anchor.to >= index);
        assert_eq!(
            report.finding.as_ref().map(|found| found.index),
            expected.map(|anchor| anchor.to)
        );
        let not_anchored = report
            .finding
            .map(|found| matches!(found.trouble, Trouble::NotAnchored { .. }));
        assert_ne!(not_anchored, Some(false));
    }
}
