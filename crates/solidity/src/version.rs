//! Versions of the compiler.

use std::{cmp::Ordering, fmt, str::FromStr};

/// A version of the compiler: `0.8.30+commit.73712a01`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    numbers: [u32; 3],
    /// What stands after them: `+commit.73712a01`.
    build: String,
}

impl Version {
    /// Its three numbers.
    pub const fn numbers(&self) -> [u32; 3] {
        self.numbers
    }

    /// The three numbers as text.
    pub fn short(&self) -> String {
        let [major, minor, patch] = self.numbers;
        format!("{major}.{minor}.{patch}")
    }

    /// Whether somebody means it by this text: `0.8.30`, `v0.8.30` or `0.8.30+commit.73712a01`.
    pub fn is(&self, text: &str) -> bool {
        let text = text.trim().trim_start_matches('v');
        text == self.short() || text == self.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.short(), self.build)
    }
}

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (numbers, build) = match text.find('+') {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let mut parts = numbers.split('.').map(|part| part.parse().map_err(|_| ()));
        let mut next = || parts.next().unwrap_or(Err(()));
        let numbers = [next()?, next()?, next()?];
        match parts.next() {
            None => Ok(Self {
                numbers,
                build: build.to_owned(),
            }),
            Some(_) => Err(()),
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.numbers, &self.build).cmp(&(other.numbers, &other.build))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_ordered_by_their_numbers() {
        let version = |text: &str| text.parse::<Version>();
        let check = |text: &str, meant: &str, expected: bool| {
            assert_eq!(version(text).unwrap().is(meant), expected, "{text} {meant}");
        };
        check("0.8.30+commit.73712a01", "0.8.30", true);
        check("0.8.30+commit.73712a01", "v0.8.30+commit.73712a01", true);
        check("0.8.30+commit.73712a01", "0.8.3", false);
        check("0.8.30+commit.73712a01", "0.8.30+commit.00000000", false);
        assert!(version("0.8.9").unwrap() < version("0.8.30").unwrap());
        for wrong in ["", "0.8", "0.8.x", "0.8.30.1"] {
            assert_eq!(version(wrong), Err(()), "{wrong}");
        }
    }
}
