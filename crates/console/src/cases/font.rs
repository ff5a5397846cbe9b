//! The font of printed reports: Noto Sans SC in one weight, with every character that its web edition has (13,636: Chinese as
//! it is written on the mainland, Latin, Cyrillic, punctuation). It lies in the program, compressed; a report takes what it needs.
//!
//! The file was made of the package `@fontsource/noto-sans-sc` 5.3.0 (SIL Open Font License 1.1, `fonts/OFL.txt`): its parts of
//! weight 400 joined into one, without tables for layout that PDF does not use, then compressed with zlib.

use subsetter::GlyphRemapper;
use thiserror::Error;
use ttf_parser::{Face, GlyphId};

const FILE: &[u8] = include_bytes!("../../fonts/noto-sans-sc.ttf.zz");
/// Bytes of the font, at most: a bound for the decompression of a file that we made.
const BYTES_MAX: usize = 8 * 1_024 * 1_024;
/// What stands for a character that the font does not have.
const UNKNOWN: char = '□';

/// Why a report could not be printed.
#[derive(Debug, Error)]
pub enum FontError {
    /// The file cannot be decompressed.
    #[error("the font of reports cannot be decompressed: {status:?}")]
    Compression {
        /// Why.
        status: miniz_oxide::inflate::TINFLStatus,
    },
    /// The file is no font.
    #[error("the font of reports cannot be read")]
    Face {
        /// Why.
        #[from]
        source: ttf_parser::FaceParsingError,
    },
    /// Its part cannot be taken out.
    #[error("the font of reports cannot be cut: {reason}")]
    Subset {
        /// Why.
        reason: String,
    },
}

/// The bytes of the font.
///
/// # Errors
/// It cannot be decompressed.
pub fn bytes() -> Result<Vec<u8>, FontError> {
    miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(FILE, BYTES_MAX)
        .map_err(|error| FontError::Compression { status: error.status })
}

/// A font of which is remembered what was used.
pub struct Font<'a> {
    bytes: &'a [u8],
    face: Face<'a>,
    used: GlyphRemapper,
    /// Glyphs of the part, with the characters for which they stand, in the order of their use.
    texts: Vec<(u16, char)>,
}

/// What a PDF says about its font, in thousandths of the size.
#[derive(Clone, Copy, Debug)]
pub struct Measures {
    /// Lowest and highest corner of all glyphs.
    pub bounds: [f32; 4],
    /// Above the line.
    pub ascent: f32,
    /// Below the line, negative.
    pub descent: f32,
    /// Of capital letters.
    pub capital: f32,
}

impl<'a> Font<'a> {
    /// Of its bytes.
    ///
    /// # Errors
    /// They are no font.
    pub fn new(bytes: &'a [u8]) -> Result<Self, FontError> {
        Ok(Self {
            bytes,
            face: Face::parse(bytes, 0)?,
            used: GlyphRemapper::new(),
            texts: Vec::new(),
        })
    }

    /// The character as it can be shown.
    fn glyph(&self, character: char) -> GlyphId {
        let glyph = self.face.glyph_index(character);
        glyph
            .or_else(|| self.face.glyph_index(UNKNOWN))
            .unwrap_or_default()
    }

    fn thousandths(&self, units: f32) -> f32 {
        units * 1_000.0 / f32::from(self.face.units_per_em())
    }

    /// How wide a character is, in parts of the size.
    pub fn width(&self, character: char) -> f32 {
        self.width_of(self.glyph(character)) / 1_000.0
    }

    fn width_of(&self, glyph: GlyphId) -> f32 {
        self.thousandths(f32::from(self.face.glyph_hor_advance(glyph).unwrap_or_default()))
    }

    /// A text as the PDF has it: two bytes a glyph.
    pub fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut encoded = Vec::with_capacity(text.len() * 2);
        for character in text.chars() {
            let glyph = self.glyph(character).0;
            let is_new = self.used.get(glyph).is_none();
            let place = self.used.remap(glyph);
            if is_new {
                self.texts.push((place, character));
            }
            encoded.extend(place.to_be_bytes());
        }
        encoded
    }

    /// The part of the font that was used.
    ///
    /// # Errors
    /// It cannot be cut.
    pub fn part(&self) -> Result<Vec<u8>, FontError> {
        subsetter::subset(self.bytes, 0, &self.used).map_err(|error| FontError::Subset {
            reason: error.to_string(),
        })
    }

    /// Widths of the glyphs of the part, in their order.
    pub fn widths(&self) -> Vec<f32> {
        self.used
            .remapped_gids()
            .map(|glyph| self.width_of(GlyphId(glyph)))
            .collect()
    }

    /// Glyphs of the part with their characters, so that text can be copied and searched.
    pub fn texts(&self) -> &[(u16, char)] {
        &self.texts
    }

    /// What a PDF says about it.
    pub fn measures(&self) -> Measures {
        let bounds = self.face.global_bounding_box();
        let corner = |units: i16| self.thousandths(f32::from(units));
        Measures {
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(corner),
            ascent: corner(self.face.ascender()),
            descent: corner(self.face.descender()),
            capital: corner(self.face.capital_height().unwrap_or_else(|| self.face.ascender())),
        }
    }
}
