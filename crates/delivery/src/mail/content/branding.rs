//! The colours of a message's HTML part, which follow the event's branding.

use plenaria_domain::event::definition::Definition;

/// The main colour of events without one of their own.
const DEFAULT: &str = "#1f5fa8";
const WHITE: &str = "#ffffff";
const BLACK: &str = "#1a1a1a";
/// White text is readable on colours up to this luminance: there its contrast with white is 4.5:1 (WCAG 2.2, 1.4.3).
const MAX_LUMINANCE_BELOW_WHITE: f64 = 1.05 / 4.5 - 0.05;

/// The main colour, and the colour of text on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colours<'a> {
    pub(crate) main: &'a str,
    pub(crate) text: &'static str,
}

impl<'a> Colours<'a> {
    /// The colours of an event.
    pub(crate) fn of(definition: &'a Definition) -> Self {
        let colour = definition.branding.as_ref().and_then(|branding| branding.colour.as_deref());
        let main = colour.unwrap_or(DEFAULT);
        let is_dark = luminance(main).is_none_or(|luminance| luminance <= MAX_LUMINANCE_BELOW_WHITE);
        Self { main, text: if is_dark { WHITE } else { BLACK } }
    }
}

/// The relative luminance of `#rrggbb`, from 0 to 1 (WCAG 2.2).
fn luminance(colour: &str) -> Option<f64> {
    let channel = |at: usize| -> Option<f64> {
        let value = f64::from(u8::from_str_radix(colour.get(at..at + 2)?, 16).ok()?) / 255.0;
        Some(if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Some(0.2126 * channel(1)? + 0.7152 * channel(3)? + 0.0722 * channel(5)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_contrasts_with_its_background() {
        let text = |colour: &str| luminance(colour).unwrap() <= MAX_LUMINANCE_BELOW_WHITE;
        for (colour, white) in [
            ("#000000", true),
            (DEFAULT, true),
            ("#767676", true),
            ("#777777", false),
            ("#ffd700", false),
            (WHITE, false),
        ] {
            assert_eq!(text(colour), white, "{colour}");
        }
    }
}
