//! What the Solidity interfaces say and their ABI does not: the names of enum values, and the comments.
//!
//! The text is read as far as our own interfaces go: enums, structs, functions, errors and events, with parameters of
//! elementary types and of types of the same interface. [`Interface::name_types`] writes the declared types into the
//! ABI, as compilers do (`internalType`), so that everything else works with the ABI alone.

use alloy_json_abi::{EventParam, InternalType, JsonAbi, Param};
use std::collections::BTreeMap;

/// A parameter, or a field of a struct.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Its declared type.
    pub kind: String,
    /// Its name, empty where it has none.
    pub name: String,
    /// The comment above it.
    pub comment: String,
}

/// A function, an error or an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declaration {
    /// Its name.
    pub name: String,
    /// The comment above it.
    pub comment: String,
    /// What it takes.
    pub inputs: Vec<Field>,
    /// What it returns.
    pub outputs: Vec<Field>,
}

/// One interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its name, with the `I`.
    pub name: String,
    /// The comment above it.
    pub comment: String,
    /// Values of its enums, in their order.
    pub enums: BTreeMap<String, Vec<String>>,
    /// Fields of its structs.
    pub structs: BTreeMap<String, Vec<Field>>,
    /// Its functions.
    pub functions: Vec<Declaration>,
    /// Its errors.
    pub errors: Vec<Declaration>,
    /// Its events.
    pub events: Vec<Declaration>,
}

impl Interface {
    /// Reads the text of an interface. What it does not know it leaves out.
    pub fn parse(text: &str) -> Self {
        let mut reader = Reader {
            tokens: tokens(text),
            next: 0,
            comment: Vec::new(),
        };
        let mut interface = Self::default();
        while let Some(word) = reader.word() {
            let comment = reader.take_comment();
            match word.as_str() {
                "interface" => {
                    interface.name = reader.word().unwrap_or_default();
                    interface.comment = comment;
                    reader.skip_past('{');
                }
                "enum" => {
                    let name = reader.word().unwrap_or_default();
                    let values = reader.list('{', '}', ',').into_iter().map(|field| field.kind);
                    interface.enums.insert(name, values.collect());
                }
                "struct" => {
                    let name = reader.word().unwrap_or_default();
                    let fields = reader.list('{', '}', ';');
                    interface.structs.insert(name, fields);
                }
                "function" => interface.functions.push(reader.declaration(comment)),
                "error" => interface.errors.push(reader.declaration(comment)),
                "event" => interface.events.push(reader.declaration(comment)),
                _ => reader.skip_past(';'),
            }
        }
        interface
    }

    /// The function of that name.
    pub fn function(&self, name: &str) -> Option<&Declaration> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// Writes the declared types into the ABI.
    pub fn name_types(&self, abi: &mut JsonAbi) {
        for function in abi.functions_mut() {
            let same = |declared: &&Declaration| {
                declared.name == function.name && declared.inputs.len() == function.inputs.len()
            };
            if let Some(declared) = self.functions.iter().find(same) {
                self.name_all(&mut function.inputs, &declared.inputs);
                self.name_all(&mut function.outputs, &declared.outputs);
            }
        }
        for error in abi.errors_mut() {
            if let Some(declared) = self.errors.iter().find(|known| known.name == error.name) {
                self.name_all(&mut error.inputs, &declared.inputs);
            }
        }
        for event in abi.events_mut() {
            if let Some(declared) = self.events.iter().find(|known| known.name == event.name) {
                for (parameter, field) in event.inputs.iter_mut().zip(&declared.inputs) {
                    self.name_event_parameter(parameter, field);
                }
            }
        }
    }

    fn name_all(&self, parameters: &mut [Param], fields: &[Field]) {
        for (parameter, field) in parameters.iter_mut().zip(fields) {
            parameter.internal_type = self.internal_type(&field.kind);
            self.name_components(&mut parameter.components, &field.kind);
        }
    }

    fn name_event_parameter(&self, parameter: &mut EventParam, field: &Field) {
        parameter.internal_type = self.internal_type(&field.kind);
        self.name_components(&mut parameter.components, &field.kind);
    }

    fn name_components(&self, components: &mut [Param], kind: &str) {
        if let Some(fields) = self.structs.get(element(kind)) {
            self.name_all(components, fields);
        }
    }

    fn internal_type(&self, kind: &str) -> Option<InternalType> {
        let contract = Some(self.name.clone());
        let name = element(kind);
        let ty = kind.to_owned();
        if self.enums.contains_key(name) {
            return Some(InternalType::Enum { contract, ty });
        }
        let known = self.structs.contains_key(name);
        known.then_some(InternalType::Struct { contract, ty })
    }
}

/// The type of the elements of an array type; other types as they are.
pub fn element(kind: &str) -> &str {
    kind.split('[').next().unwrap_or(kind)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Comment(String),
    Word(String),
    Sign(char),
}

/// Splits the text. Types of arrays are one word.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for line in text.lines() {
        let (code, comment) = match line.split_once("//") {
            Some((code, comment)) => (code, comment.strip_prefix('/')),
            None => (line, None),
        };
        let mut word = String::new();
        for character in code.chars() {
            if character.is_alphanumeric() || matches!(character, '_' | '$' | '.' | '[' | ']') {
                word.push(character);
                continue;
            }
            if !word.is_empty() {
                tokens.push(Token::Word(std::mem::take(&mut word)));
            }
            if !character.is_whitespace() {
                tokens.push(Token::Sign(character));
            }
        }
        if !word.is_empty() {
            tokens.push(Token::Word(word));
        }
        if let Some(comment) = comment {
            tokens.push(Token::Comment(comment.trim().to_owned()));
        }
    }
    tokens
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
    comment: Vec<String>,
}

impl Reader {
    fn token(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }

    /// The next word; comments before it are kept, signs are passed over.
    fn word(&mut self) -> Option<String> {
        loop {
            match self.token()? {
                Token::Word(word) => return Some(word),
                Token::Comment(line) => self.comment.push(line),
                Token::Sign(_) => {}
            }
        }
    }

    fn take_comment(&mut self) -> String {
        std::mem::take(&mut self.comment).join(" ").trim().to_owned()
    }

    fn skip_past(&mut self, sign: char) {
        while let Some(token) = self.token() {
            if token == Token::Sign(sign) {
                return;
            }
        }
    }

    /// Name, parameters, and what it returns.
    fn declaration(&mut self, comment: String) -> Declaration {
        let name = self.word().unwrap_or_default();
        let inputs = self.list('(', ')', ',');
        let mut outputs = Vec::new();
        while let Some(token) = self.token() {
            match token {
                Token::Word(word) if word == "returns" => outputs = self.list('(', ')', ','),
                Token::Sign(';') => break,
                _ => {}
            }
        }
        Declaration {
            name,
            comment,
            inputs,
            outputs,
        }
    }

    /// The entries between two signs. The first word of an entry is its type, the last one its name.
    fn list(&mut self, opening: char, closing: char, separator: char) -> Vec<Field> {
        self.skip_past(opening);
        let mut fields = Vec::new();
        let mut words: Vec<String> = Vec::new();
        let mut comment = Vec::new();
        while let Some(token) = self.token() {
            match token {
                Token::Word(word) => words.push(word),
                Token::Comment(line) => comment.push(line),
                Token::Sign(sign) if sign == separator || sign == closing => {
                    let place = ["calldata", "memory", "storage", "indexed", "payable"];
                    words.retain(|word| !place.contains(&word.as_str()));
                    if let Some(kind) = words.first().cloned() {
                        fields.push(Field {
                            kind,
                            name: words.get(1).cloned().unwrap_or_default(),
                            comment: comment.join(" "),
                        });
                    }
                    words.clear();
                    comment.clear();
                    if sign == closing {
                        break;
                    }
                }
                Token::Sign(_) => {}
            }
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
        // SPDX-License-Identifier: Apache-2.0
        pragma solidity ^0.8.28;
        /// About things: see https://example.org.
        /// And more.
        interface IThings {
            enum Kind { None, Small, Large }
            struct Size {
                /// Millimetres.
                uint64 width;
                Kind[] kinds;
            }
            error Bad(Kind kind);
            event Made(bytes32 indexed id, Size size);
            /// Makes a thing. By proposal.
            function make(bytes32 id, Size calldata size, Kind kind)
                external returns (uint64 number);
            function kindOf(bytes32 id) external view returns (Kind);
        }";

    #[test]
    fn enums_structs_and_comments_are_read() {
        let things = Interface::parse(TEXT);
        assert_eq!(things.name, "IThings");
        assert_eq!(things.comment, "About things: see https://example.org. And more.");
        assert_eq!(things.enums["Kind"], ["None", "Small", "Large"]);
        assert_eq!(things.structs["Size"][0].comment, "Millimetres.");
        assert_eq!(things.structs["Size"][1].kind, "Kind[]");
        let make = things.function("make").unwrap();
        assert_eq!(make.comment, "Makes a thing. By proposal.");
        assert_eq!(make.inputs[1].kind, "Size");
        assert_eq!(make.inputs[1].name, "size");
        assert_eq!(make.outputs[0].name, "number");
        assert_eq!(things.function("kindOf").unwrap().outputs[0].kind, "Kind");
        assert_eq!(things.errors[0].inputs[0].name, "kind");
        assert_eq!(things.events[0].inputs.len(), 2);
    }

    #[test]
    fn declared_types_go_into_the_abi() {
        let things = Interface::parse(TEXT);
        let json = r#"[{"type":"function","name":"make","stateMutability":"nonpayable","inputs":[
            {"name":"id","type":"bytes32"},
            {"name":"size","type":"tuple","components":[
                {"name":"width","type":"uint64"},{"name":"kinds","type":"uint8[]"}]},
            {"name":"kind","type":"uint8"}],"outputs":[{"name":"number","type":"uint64"}]}]"#;
        let mut abi: JsonAbi = serde_json::from_str(json).unwrap();
        things.name_types(&mut abi);
        let make = &abi.function("make").unwrap()[0];
        assert_eq!(make.inputs[0].internal_type, None);
        let kinds = make.inputs[1].components[1].internal_type.as_ref().unwrap();
        assert_eq!(kinds.as_enum(), Some((Some("IThings"), "Kind[]")));
        let kind = make.inputs[2].internal_type.as_ref().unwrap();
        assert_eq!(kind.as_enum(), Some((Some("IThings"), "Kind")));
    }
}
