//! Draws charts as SVG, with `charts-rs`.
//!
//! The charts have light colours. A style sheet inside the SVG replaces them in dark surroundings, by the colour that an
//! attribute has: a colour is used for one purpose only.

use charts_rs::{
    Align, BarChart, ChartBase, Color, HorizontalBarChart, LegendCategory, Series, SeriesCategory, Symbol, YAxisConfig,
    svg_with_accessibility,
};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_locale::numbers;

/// The width of every chart.
const WIDTH: f32 = 800.0;
/// The height of a chart with a time axis.
const TIMELINE_HEIGHT: f32 = 420.0;
/// The height of a bar's row.
const ROW_HEIGHT: f32 = 30.0;
/// The height of a bar chart's title and margins.
const FRAME_HEIGHT: f32 = 90.0;
/// How much longer than the longest bar the room for bars is.
const LONGEST_BAR_SCALE: f32 = 1.15;
/// The number of parts that an axis of values is divided into.
const AXIS_PARTS: usize = 5;
/// Up to how many days the line has a mark on each.
const MAX_MARKED_DAYS: usize = 60;
/// The space around a chart.
const MARGIN: f32 = 12.0;
/// The greatest length of a second line, in characters.
const MAX_SUBTITLE: usize = 100;

/// A colour in light and in dark surroundings.
struct Shade {
    light: &'static str,
    dark: &'static str,
}

const BACKGROUND: Shade = Shade { light: "#FFFFFF", dark: "#16191F" };
const TEXT: Shade = Shade { light: "#1F2933", dark: "#E8EAED" };
const LABEL: Shade = Shade { light: "#4B5563", dark: "#B3BAC4" };
const AXIS: Shade = Shade { light: "#6B7280", dark: "#8D96A3" };
const GRID: Shade = Shade { light: "#E5E7EB", dark: "#2F353F" };
const BARS: Shade = Shade { light: "#1D5FA8", dark: "#6CB2F7" };
const TOTAL: Shade = Shade { light: "#B4460F", dark: "#F7A36B" };

/// What a chart says in words.
pub(super) struct Words<'a> {
    /// The language, by which numbers are written.
    pub(super) language: MessageLanguage,
    /// The heading.
    pub(super) title: &'a str,
    /// A second line: the event.
    pub(super) subtitle: &'a str,
    /// The whole content as text, for readers who do not see the chart.
    pub(super) description: &'a str,
    /// What is drawn instead of the chart when there are no values.
    pub(super) empty: &'a str,
}

/// A value of each day: the day's own, and the sum of all days up to it.
pub(super) struct Point {
    /// The label of the day.
    pub(super) label: String,
    pub(super) value: u64,
    pub(super) total: u64,
}

/// Draws one bar for each value, the first at the top, with the value beside it.
pub(super) fn bars(words: &Words<'_>, values: &[(String, u64)]) -> charts_rs::Result<String> {
    let none = [(words.empty.to_owned(), 0)];
    let values = if values.is_empty() { &none } else { values };
    // The library draws the first bar at the bottom.
    let labels = values.iter().rev().map(|(label, _)| label.clone()).collect();
    let numbers = values.iter().rev().map(|(_, value)| number(*value)).collect();
    let longest = values.iter().map(|(_, value)| *value).max().unwrap_or_default();
    let mut chart = HorizontalBarChart::new(vec![Series::new(words.title.to_owned(), numbers)], labels);
    chart.height = FRAME_HEIGHT + ROW_HEIGHT * number(values.len() as u64);
    chart.legend.show = Some(false);
    chart.series_list[0].label_show = true;
    "{t}".clone_into(&mut chart.series.label.formatter);
    // Each bar has its value, so an axis would say nothing more. The longest bar leaves room for its value.
    chart.x_axis.hidden = true;
    chart.grid.stroke_width = 0.0;
    for axis in &mut chart.y_axis_configs {
        axis.max = Some(number(longest.max(1)) * LONGEST_BAR_SCALE);
    }
    frame(&mut chart.base, &mut chart.y_axis_configs, words);
    Ok(finish(&chart.svg()?, words))
}

/// Draws a bar for each day's own value, and a line for the total with an axis at the right.
pub(super) fn timeline(words: &Words<'_>, names: [&str; 2], points: &[Point]) -> charts_rs::Result<String> {
    let own = Series::new(names[0].to_owned(), points.iter().map(|point| number(point.value)).collect());
    let mut total = Series::new(names[1].to_owned(), points.iter().map(|point| number(point.total)).collect());
    total.category = Some(SeriesCategory::Line);
    total.y_axis_index = 1;
    total.symbol = (points.len() > MAX_MARKED_DAYS).then_some(Symbol::None);
    let mut chart = BarChart::new(vec![own, total], points.iter().map(|point| point.label.clone()).collect());
    chart.height = TIMELINE_HEIGHT;
    chart.legend.category = LegendCategory::RoundRect;
    chart.legend.align = Align::Right;
    let right = chart.y_axis_configs.first().cloned().unwrap_or_default();
    chart.y_axis_configs.push(right);
    let own_maximum = points.iter().map(|point| point.value).max().unwrap_or_default();
    let maxima = [own_maximum, points.last().map_or(0, |point| point.total)];
    for (axis, maximum) in chart.y_axis_configs.iter_mut().zip(maxima) {
        axis.split_number = AXIS_PARTS;
        axis.min = Some(0.0);
        axis.max = Some(number(axis_maximum(maximum)));
    }
    frame(&mut chart.base, &mut chart.y_axis_configs, words);
    Ok(finish(&chart.svg()?, words))
}

/// What all charts have alike: size, texts and colours.
fn frame(chart: &mut ChartBase, value_axes: &mut [YAxisConfig], words: &Words<'_>) {
    chart.width = WIDTH;
    chart.empty_text = Some(words.empty.to_owned());
    chart.margin = MARGIN.into();
    chart.background_color = BACKGROUND.colour();
    words.title.clone_into(&mut chart.title.text);
    chart.title.align = Align::Left;
    chart.title.font.color = TEXT.colour();
    chart.sub_title.text = shortened(words.subtitle);
    chart.sub_title.align = Align::Left;
    chart.sub_title.font.color = LABEL.colour();
    chart.legend.font.color = LABEL.colour();
    chart.x_axis.font.color = LABEL.colour();
    chart.x_axis.stroke_color = AXIS.colour();
    chart.grid.stroke_color = GRID.colour();
    chart.series.colors = vec![BARS.colour(), TOTAL.colour()];
    chart.series.label.font.color = TEXT.colour();
    for axis in value_axes {
        axis.font.color = LABEL.colour();
        axis.stroke_color = AXIS.colour();
    }
}

/// Adds the style sheet and the texts for readers who do not see the chart, and writes numbers as the language does.
///
/// The library measures texts in Roboto. Where that is missing, another font may be wider, so texts are a little smaller
/// than measured. It writes each text on a line of its own.
fn finish(svg: &str, words: &Words<'_>) -> String {
    let rule = |Shade { light, dark }: Shade| {
        format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
    };
    let rules = [BACKGROUND, TEXT, LABEL, AXIS, GRID, BARS, TOTAL].map(rule).concat();
    let style = format!(
        "<style>text{{font-family:Roboto,Arial,sans-serif}}text[font-size=\"14\"]{{font-size:12.5px}}@media (prefers-color-scheme:dark){{{rules}}}</style>"
    );
    // The library separates thousands in the English way. Other lines may be titles, like a year.
    let number = |line: &str| if line.contains(',') { line.replace(',', "").parse().ok() } else { None };
    let written = |line: &str| number(line).map_or_else(|| line.to_owned(), |n| numbers::format(n, words.language));
    let lines: Vec<String> = svg.lines().map(written).collect();
    let svg = lines.join("\n").replacen('>', &format!(">\n{style}"), 1);
    svg_with_accessibility(&svg, words.title, words.description)
}

/// The least end of an axis for this maximum whose parts are one digit and zeros, so that labels are round: the library
/// writes 1300 as 1.3k.
fn axis_maximum(maximum: u64) -> u64 {
    let powers = std::iter::successors(Some(1_u64), |power| power.checked_mul(10));
    let mut ends =
        powers.flat_map(|power| [1, 2, 3, 4, 5, 6, 8].map(|part| part * power)).map(|part| part * AXIS_PARTS as u64);
    ends.find(|end| *end >= maximum).unwrap_or(maximum)
}

/// The text, cut so that it fits into one line of a chart.
fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_SUBTITLE {
        return text.to_owned();
    }
    let start: String = text.chars().take(MAX_SUBTITLE - 1).collect();
    format!("{}…", start.trim_end())
}

impl Shade {
    fn colour(&self) -> Color {
        self.light.into()
    }
}

/// A number for the chart, which needs no more than seven digits.
#[allow(clippy::cast_precision_loss, reason = "the error is far below one pixel")]
fn number(value: u64) -> f32 {
    value as f32
}
