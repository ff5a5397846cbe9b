//! What a data folder remembers of its node, its ledger and its votes.

use alloy_primitives::B256;
use civitas_node::data::{DataError, DataFolder, Standing, mark};
use civitas_types::NodeKey;
use std::{fs, path::PathBuf};

fn temporary(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("civitas-data-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    path
}

const NODE: NodeKey = B256::repeat_byte(1);
const GENESIS: B256 = B256::repeat_byte(2);

#[test]
fn a_new_folder_may_vote_and_a_wiped_one_must_catch_up() {
    let path = temporary("standing");
    mark(&path, &NODE, Standing::New).unwrap();
    let mut folder = DataFolder::open(&path, &NODE, GENESIS).unwrap();
    assert_eq!(folder.standing(), Standing::New);
    folder.set_whole().unwrap();
    drop(folder);
    assert_eq!(
        DataFolder::open(&path, &NODE, GENESIS).unwrap().standing(),
        Standing::Whole
    );
    fs::remove_dir_all(&path).unwrap();
    assert_eq!(
        DataFolder::open(&path, &NODE, GENESIS).unwrap().standing(),
        Standing::Recovering
    );
    assert_eq!(
        DataFolder::open(&path, &NODE, GENESIS).unwrap().standing(),
        Standing::Recovering
    );
    fs::remove_dir_all(&path).unwrap();
}

#[test]
fn foreign_folders_are_refused_by_name() {
    let path = temporary("foreign");
    mark(&path, &NODE, Standing::New).unwrap();
    let first = DataFolder::open(&path, &NODE, GENESIS).unwrap();
    assert!(matches!(
        DataFolder::open(&path, &NODE, GENESIS),
        Err(DataError::InUse { .. })
    ));
    drop(first);
    let other = B256::repeat_byte(9);
    assert!(matches!(
        DataFolder::open(&path, &other, GENESIS),
        Err(DataError::Mismatch { what: "node", .. })
    ));
    assert!(matches!(
        DataFolder::open(&path, &NODE, other),
        Err(DataError::Mismatch { what: "ledger", .. })
    ));
    fs::write(path.join("node.json"), "{").unwrap();
    assert!(matches!(
        DataFolder::open(&path, &NODE, GENESIS),
        Err(DataError::Damaged { .. })
    ));
    fs::remove_file(path.join("node.json")).unwrap();
    fs::write(path.join("diary"), "x").unwrap();
    assert!(matches!(
        DataFolder::open(&path, &NODE, GENESIS),
        Err(DataError::Foreign { .. })
    ));
    fs::remove_dir_all(&path).unwrap();
}

/// Audit records are the node's alone: who deletes the rest to fetch it anew keeps them.
#[test]
fn a_folder_that_holds_only_audit_records_counts_as_wiped() {
    let path = temporary("audit");
    fs::create_dir_all(path.join("audit")).unwrap();
    let folder = DataFolder::open(&path, &NODE, GENESIS).unwrap();
    assert_eq!(folder.standing(), Standing::Recovering);
    assert_eq!(folder.audit(), path.join("audit"));
    fs::remove_dir_all(&path).unwrap();
}
