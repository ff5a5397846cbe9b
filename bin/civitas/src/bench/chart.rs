//! Throughput and finality over the time of the load, as SVG.

use super::{
    process::float,
    report::{Percentiles, Report},
};
use plotters::{coord::Shift, prelude::*};
use std::path::Path;

const SIZE: (u32, u32) = (960, 640);
const THROUGHPUT: RGBColor = RGBColor(0, 95, 153);
const P50: RGBColor = RGBColor(0, 130, 90);
const P95: RGBColor = RGBColor(204, 121, 20);
const P99: RGBColor = RGBColor(190, 40, 50);
/// Room above the highest value.
const HEADROOM: f64 = 1.15;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws the chart into a file.
pub(super) fn draw(report: &Report, path: &Path) -> anyhow::Result<()> {
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    let fail = |error: &dyn std::fmt::Display| anyhow::anyhow!("cannot draw {}: {error}", path.display());
    root.fill(&WHITE).map_err(|error| fail(&error))?;
    let (upper, lower) = root.split_vertically(SIZE.1 / 2);
    let title = format!("{:.0} transactions a second", report.tps);
    let throughput: Vec<(f64, f64)> = report
        .timeline
        .iter()
        .map(|second| (float(second.second), float(second.committed)))
        .collect();
    panel(
        &upper,
        &title,
        "transactions / s",
        &[("committed", THROUGHPUT, throughput)],
    )
    .map_err(|e| fail(&e))?;
    let title = report.finality_ms.map_or_else(String::new, |times| {
        format!(
            "finality p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms",
            times.p50, times.p95, times.p99
        )
    });
    let line = |value: fn(&Percentiles) -> f64| -> Vec<(f64, f64)> {
        report
            .timeline
            .iter()
            .map(|second| (float(second.second), value(&second.finality_ms)))
            .collect()
    };
    let lines = [
        ("p50", P50, line(|times| times.p50)),
        ("p95", P95, line(|times| times.p95)),
        ("p99", P99, line(|times| times.p99)),
    ];
    panel(&lower, &title, "ms", &lines).map_err(|error| fail(&error))?;
    root.present().map_err(|error| fail(&error))?;
    Ok(())
}

type Line = (&'static str, RGBColor, Vec<(f64, f64)>);

fn panel(
    area: &Area<'_>,
    title: &str,
    unit: &str,
    lines: &[Line],
) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
    let points = || lines.iter().flat_map(|(_, _, points)| points);
    let seconds = points().map(|point| point.0).fold(1.0, f64::max);
    let highest = points().map(|point| point.1).fold(1.0, f64::max) * HEADROOM;
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..seconds, 0.0..highest)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc("seconds")
        .y_desc(unit)
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()?;
    for (name, colour, points) in lines {
        let style = ShapeStyle::from(colour).stroke_width(2);
        chart
            .draw_series(LineSeries::new(points.iter().copied(), style))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()
}
