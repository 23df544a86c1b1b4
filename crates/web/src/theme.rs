//! The style with an organiser's main colour. Texts and buttons take it lightened or darkened as far as it must be to be
//! readable (WCAG 2.2, success criteria 1.4.3 and 1.4.11), decoration as it is.

/// A colour: red, green and blue.
type Colour = [u8; 3];

/// The contrast that text needs.
const READABLE: f64 = 4.5;
const WHITE: Colour = [255; 3];
const BLACK: Colour = [0; 3];
/// The backgrounds of `plenaria.css` that contrast least with a dark and with a light accent.
const LIGHT_SURFACE: Colour = [0xf3, 0xf5, 0xf7];
const DARK_SURFACE: Colour = [0x1f, 0x26, 0x2e];

/// The style for a main colour, written as six hexadecimal digits; `None` if it is something else.
pub(crate) fn style(colour: &str) -> Option<String> {
    let brand = parse(colour)?;
    let light = readable(brand, BLACK, LIGHT_SURFACE);
    let dark = readable(brand, WHITE, DARK_SURFACE);
    let (brand, light, dark) = (hexadecimal(brand), hexadecimal(light), hexadecimal(dark));
    Some(format!(
        ":root{{--brand:{brand};--accent:{light};--accent-text:#fff}}\n\
         @media (prefers-color-scheme:dark){{:root{{--accent:{dark};--accent-text:#10151a}}}}\n\
         @media print{{:root{{--accent:{light};--accent-text:#fff}}}}\n"
    ))
}

fn parse(colour: &str) -> Option<Colour> {
    let is_valid = colour.len() == 6 && colour.bytes().all(|byte| byte.is_ascii_hexdigit());
    let [_, red, green, blue] = u32::from_str_radix(colour, 16).ok()?.to_be_bytes();
    is_valid.then_some([red, green, blue])
}

fn hexadecimal([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The colour, with as little of `other` as makes it readable on a background.
fn readable(colour: Colour, other: Colour, background: Colour) -> Colour {
    let mut mixed = (0..=100).map(|percent| mix(colour, other, percent));
    mixed.find(|mixed| contrast(*mixed, background) >= READABLE).unwrap_or(other)
}

/// The colour with so many per cent of another.
fn mix(colour: Colour, other: Colour, percent: u16) -> Colour {
    let channel = |index: usize| {
        let (own, other) = (u16::from(colour[index]), u16::from(other[index]));
        u8::try_from((own * (100 - percent) + other * percent) / 100).unwrap_or(u8::MAX)
    };
    [channel(0), channel(1), channel(2)]
}

/// The contrast of two colours, from 1 to 21 (WCAG 2.2).
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The relative luminance, from 0 to 1 (WCAG 2.2).
fn luminance(colour: Colour) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_becomes_readable() {
        for colour in ["000000", "ffffff", "ffd700", "0a5c6b", "ff0000", "777777", "00ff00", "1f5fa8"] {
            let brand = parse(colour).unwrap();
            let light = readable(brand, BLACK, LIGHT_SURFACE);
            assert!(contrast(light, LIGHT_SURFACE) >= READABLE && contrast(light, WHITE) >= READABLE, "{colour}");
            let dark = readable(brand, WHITE, DARK_SURFACE);
            assert!(contrast(dark, DARK_SURFACE) >= READABLE, "{colour}");
            assert!(contrast(dark, parse("10151a").unwrap()) >= READABLE, "{colour}");
        }
        assert_eq!(readable(parse("0a5c6b").unwrap(), BLACK, LIGHT_SURFACE), [0x0a, 0x5c, 0x6b], "left as it is");
    }

    #[test]
    fn backgrounds_are_those_of_the_style_sheet() {
        let sheet = include_str!("assets/plenaria.css");
        for (name, colour) in [("--surface", LIGHT_SURFACE), ("--surface", DARK_SURFACE), ("--background", WHITE)] {
            let written = format!("{name}: {};", hexadecimal(colour));
            assert!(sheet.contains(&written), "{written}");
        }
    }

    #[test]
    fn other_texts_are_no_colours() {
        for text in ["", "fff", "0a5c6", "0a5c6b0", "+a5c6b", "red", "é5c6b"] {
            assert_eq!(style(text), None, "{text}");
        }
    }
}
