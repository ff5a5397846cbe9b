//! Tests of the roles contract: every refusal, the questions, the built-in roles, the lockout rule.

use super::*;
use alloy_primitives::keccak256;
#[test]
fn rep() {
    assert_eq!(builtin::REPRESENTATIVE, keccak256("Representative"));
}
