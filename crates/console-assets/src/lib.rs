//! The built web pages of the console, embedded.
