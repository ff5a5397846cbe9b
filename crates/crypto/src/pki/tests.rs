//! Tests of the authority, of reading and of judging certificates.
