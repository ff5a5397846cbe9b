//! The committed OpenAPI document is the one that the endpoints give.

use std::path::Path;

#[test]
fn the_committed_document_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../console/openapi.json");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let fresh = serde_json::to_string_pretty(&civitas_console::document::document()).unwrap();
    assert!(
        committed.trim() == fresh.trim(),
        "console/openapi.json is stale: `civitas console openapi > console/openapi.json`"
    );
}
