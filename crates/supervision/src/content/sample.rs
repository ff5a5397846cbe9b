//! A published test set for the search of words: ordinary texts, and texts in which words of a thesaurus are hidden by
//! every disguise that is to be found. Made by code from a seed; the words are everyday terms of law enforcement.

use super::{
    forms::Disguise,
    thesaurus::{Action, Category, Thesaurus, Word},
};
use crate::{Severity, corpus::Chance, rule::Words};
use pinyin::ToPinyin;
use std::collections::BTreeMap;

/// How a word is hidden in the test set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trick {
    /// Not at all.
    None,
    /// Full width, other case.
    Width,
    /// Traditional characters.
    Traditional,
    /// Zero-width characters and combining marks.
    Invisible,
    /// Signs between the characters.
    Separators,
    /// Characters taken apart.
    Split,
    /// Pinyin.
    Pinyin,
    /// One character in pinyin.
    Mixed,
    /// Digits for letters.
    Leet,
    /// Letters of other scripts.
    LookAlike,
    /// Other characters of the same sound: not found unless the thesaurus names them.
    Homophone,
}

impl Trick {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::None,
        Self::Width,
        Self::Traditional,
        Self::Invisible,
        Self::Separators,
        Self::Split,
        Self::Pinyin,
        Self::Mixed,
        Self::Leet,
        Self::LookAlike,
        Self::Homophone,
    ];
}

/// A text of the test set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The text.
    pub text: String,
    /// The word that is hidden in it, and how; nothing in an ordinary text.
    pub hidden: Option<(usize, Trick)>,
    /// Its bytes.
    pub place: std::ops::Range<usize>,
}

const CHINESE: [&str; 20] = [
    "洗钱",
    "诈骗",
    "赌博",
    "毒品",
    "枪支",
    "传销",
    "高利贷",
    "套现",
    "假发票",
    "地下钱庄",
    "非法集资",
    "代开发票",
    "虚拟货币传销",
    "跑分",
    "黑客攻击",
    "窃取数据",
    "走私",
    "贩卖人口",
    "假币",
    "裸贷",
];
const LATIN: [&str; 8] = [
    "fraud",
    "ponzi",
    "ransomware",
    "money laundering",
    "darknet",
    "counterfeit",
    "smuggling",
    "cocaine",
];
const COMPOSITIONS: [(char, &str); 14] = [
    ('洗', "氵先"),
    ('钱', "钅戋"),
    ('诈', "讠乍"),
    ('骗', "马扁"),
    ('赌', "贝者"),
    ('博', "十尃"),
    ('枪', "木仓"),
    ('传', "亻专"),
    ('销', "钅肖"),
    ('假', "亻叚"),
    ('跑', "足包"),
    ('裸', "衤果"),
    ('货', "化贝"),
    ('贩', "贝反"),
];
/// Places where the characters of a word stand side by side without being it, and sentences about the word itself.
const ORDINARY: [&str; 18] = [
    "他先洗衣服，钱放在桌上。",
    "我们洗，钱由他付。",
    "本行开展反洗钱培训，欢迎参加。",
    "全民反诈骗，人人有责。",
    "The freight was refused; a fr audit followed, Ponzio signed.",
    "毒理学实验的产品清单如下，请核对。",
    "他走，私下再谈。",
    "传统销售渠道与网络销售渠道并行。",
    "Counterfeiters beware: our cocaineless lab tests every counterfactual.",
    "编号 101 100 0x5afe 的合约已经通过审计。",
    "这套现代化的设备今天到货。",
    "成套现有设备按清单移交。",
    "他们跑分组赛，观众很多。",
    "跑步分组名单见附件。",
    "赌徒谬误与博弈论是两门课。",
    "高速公路利民工程的贷款已经发放。",
    "He was afraid; Freud wrote about it.",
    "da du bo wu guan de men piao",
];
const FILLER: [&str; 12] = [
    "今天下午三点开会，请带上合同和发票。",
    "货物已经从港口发出，预计五天后到达。",
    "感谢您的支持，我们会尽快处理订单。",
    "区块高度 1024 的交易已经确认。",
    "本次升级包含性能改进与安全修复。",
    "学校图书馆周末照常开放。",
    "Invoice 20261130 was settled in two parts.",
    "The carrier confirms delivery to warehouse 7.",
    "请在截止日期之前提交年度报告与附表。",
    "电费、水费与燃气费由物业代收。",
    "Quality inspection passed, certificate attached.",
    "民生银行的网点搬到了南大街。",
];

fn category() -> BTreeMap<String, Category> {
    let category = Category {
        title: Words::new("违法犯罪", "Crime"),
        legal_basis: "Measurement: generated data".to_owned(),
        severity: Severity::High,
        action: Action::Flag,
    };
    [("crime".to_owned(), category)].into()
}

fn word(text: String) -> Word {
    Word {
        text,
        category: "crime".to_owned(),
        pinyin: true,
        variants: Vec::new(),
    }
}

/// The thesaurus of the test set: its words, and `others` random ones, which only take room.
pub fn thesaurus(others: usize, seed: u64) -> Thesaurus {
    let mut chance = Chance::new(seed);
    let mut words: Vec<Word> = CHINESE
        .iter()
        .chain(&LATIN)
        .map(|text| word((*text).to_owned()))
        .collect();
    for _ in 0..others {
        words.push(word(random_word(&mut chance)));
    }
    Thesaurus {
        version: 1,
        categories: category(),
        words,
        exceptions: ["反洗钱", "反诈骗", "打击诈骗", "套现代"]
            .map(str::to_owned)
            .to_vec(),
        compositions: COMPOSITIONS
            .map(|(character, parts)| (character, parts.to_owned()))
            .into(),
    }
}

/// Three to five common characters, or eight to twelve letters: like words, and in no text by chance.
fn random_word(chance: &mut Chance) -> String {
    if chance.per_mille(800) {
        let length = chance.between(3, 6);
        let character = |chance: &mut Chance| {
            let code = u32::try_from(chance.between(0x4E00, 0x9000)).unwrap_or(0x4E00);
            char::from_u32(code).unwrap_or('字')
        };
        (0..length).map(|_| character(chance)).collect()
    } else {
        let length = chance.between(8, 13);
        let letter = |chance: &mut Chance| {
            *chance.pick(&[
                'a', 'b', 'd', 'e', 'g', 'i', 'k', 'l', 'm', 'n', 'o', 'r', 's', 't', 'u', 'z',
            ])
        };
        (0..length).map(|_| letter(chance)).collect()
    }
}

/// An ordinary text of about so many bytes.
pub fn ordinary(bytes: usize, seed: u64) -> String {
    let mut chance = Chance::new(seed);
    let mut text = String::new();
    while text.len() < bytes {
        let list: &[&str] = if chance.per_mille(200) { &ORDINARY } else { &FILLER };
        text.push_str(chance.pick::<&str>(list));
    }
    text
}

/// The test set: `count` texts with a hidden word for every trick that fits it, and as many ordinary ones.
pub fn samples(count: usize, seed: u64) -> Vec<Sample> {
    let mut chance = Chance::new(seed);
    let mut samples = Vec::new();
    for trick in Trick::ALL {
        let mut made = 0;
        while made < count {
            let index = chance.index(CHINESE.len() + LATIN.len());
            let is_chinese = index < CHINESE.len();
            let word = if is_chinese {
                CHINESE[index]
            } else {
                LATIN[index - CHINESE.len()]
            };
            let Some(hidden) = hide(word, is_chinese, trick, &mut chance) else {
                continue;
            };
            let before = *chance.pick(&FILLER);
            let between = if is_chinese { "" } else { " " };
            let start = before.len() + between.len();
            samples.push(Sample {
                text: format!("{before}{between}{hidden}{between}{}", chance.pick(&FILLER)),
                hidden: Some((index, trick)),
                place: start..start + hidden.len(),
            });
            made += 1;
        }
    }
    for _ in 0..count * Trick::ALL.len() {
        let text = format!(
            "{}{}{}",
            chance.pick(&FILLER),
            chance.pick(&ORDINARY),
            chance.pick(&FILLER)
        );
        samples.push(Sample {
            text,
            hidden: None,
            place: 0..0,
        });
    }
    samples
}

fn hide(word: &str, is_chinese: bool, trick: Trick, chance: &mut Chance) -> Option<String> {
    let characters: Vec<char> = word.chars().collect();
    let join = |parts: Vec<String>, with: &str| parts.join(with);
    let singles = || characters.iter().map(char::to_string).collect::<Vec<_>>();
    let hidden = match trick {
        Trick::None => word.to_owned(),
        Trick::Traditional => {
            let hidden = hanconv::s2t(word);
            return (hidden != word).then_some(hidden);
        }
        Trick::Invisible => join(
            singles(),
            chance.pick::<&str>(&["\u{200B}", "\u{301}", "\u{FEFF}", "\u{200D}", "\u{336}"]),
        ),
        Trick::Separators if word.contains(' ') => return None,
        Trick::Separators => join(
            singles(),
            chance.pick::<&str>(&[" ", "*", "-", "_", "·", "~", "／", "😀"]),
        ),
        Trick::Split => {
            let of = |one: &char| {
                COMPOSITIONS
                    .iter()
                    .find(|pair| pair.0 == *one)
                    .map(|pair| pair.1.to_owned())
            };
            let parts: Vec<String> = characters
                .iter()
                .map(|one| of(one).unwrap_or_else(|| one.to_string()))
                .collect();
            let hidden = parts.concat();
            return (hidden != word).then_some(hidden);
        }
        Trick::Pinyin => {
            let parts: Option<Vec<String>> = characters.iter().map(syllable).collect();
            let with = *chance.pick(&["", " ", "-"]);
            return parts.map(|parts| format!(" {} ", join(parts, with)));
        }
        Trick::Mixed => {
            let place = chance.index(characters.len());
            let mut parts = singles();
            parts[place] = syllable(&characters[place])?;
            format!(" {} ", parts.concat())
        }
        Trick::Width | Trick::Leet | Trick::LookAlike if is_chinese => return None,
        Trick::Width | Trick::Leet | Trick::LookAlike => {
            let hidden: String = characters.iter().map(|one| letter(*one, trick, chance)).collect();
            return (hidden != word).then_some(hidden);
        }
        Trick::Homophone if !is_chinese => return None,
        Trick::Homophone => characters.iter().map(homophone).collect::<Option<String>>()?,
    };
    Some(hidden)
}

/// A letter in another form.
fn letter(one: char, trick: Trick, chance: &mut Chance) -> char {
    match (trick, one) {
        (Trick::Width, one) => wide(one.to_ascii_uppercase()),
        (Trick::Leet, 'a') => *chance.pick(&['4', '@', 'a']),
        (Trick::Leet, 'e') => '3',
        (Trick::Leet, 'o') => '0',
        (Trick::Leet, 'i') => '1',
        (Trick::LookAlike, 'a') => 'а',
        (Trick::LookAlike, 'c') => 'с',
        (Trick::LookAlike, 'e') => 'е',
        (Trick::LookAlike, 'o') => 'о',
        (_, other) => other,
    }
}

fn wide(one: char) -> char {
    match one {
        ' ' => '\u{3000}',
        '!'..='~' => char::from_u32(u32::from(one) + 0xFEE0).unwrap_or(one),
        other => other,
    }
}

fn syllable(one: &char) -> Option<String> {
    one.to_pinyin().map(|pinyin| pinyin.plain().to_owned())
}

/// The first other character of the same sound.
fn homophone(one: &char) -> Option<char> {
    let sound = one.to_pinyin()?.plain();
    ('\u{4E00}'..='\u{9FA5}')
        .find(|other| other != one && other.to_pinyin().is_some_and(|it| it.plain() == sound))
}

/// What a trick counts as when it is found.
pub const fn disguise(trick: Trick) -> Disguise {
    match trick {
        Trick::Split => Disguise::Split,
        Trick::Pinyin => Disguise::Pinyin,
        Trick::Mixed => Disguise::Mixed,
        _ => Disguise::Plain,
    }
}
