//! The time of a fork against the size of the process, on two logarithmic axes.

use crate::Result;
use crate::run::Run;
use plotters::prelude::*;
use std::fmt::Display;

/// Rows that are points of the plot: this, a size in MiB, and "M".
const ROWS: &str = "fork-call-";
const SIZE: (u32, u32) = (900, 560);
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(0, 158, 115),
    RGBColor(230, 159, 0),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
    RGBColor(90, 90, 90),
];

/// MiB touched, and instructions.
type Point = (f64, f64);

/// The points of one run. A process that has touched nothing has no place on the axis.
fn points(run: &Run) -> Vec<Point> {
    let size = |name: &str| name.strip_prefix(ROWS)?.strip_suffix('M')?.parse().ok();
    let point = |row: &crate::run::Row| size(&row.name).map(|mib: f64| (mib, row.median));
    let mut points: Vec<Point> = run.rows.iter().filter_map(point).collect();
    points.retain(|(mib, _)| *mib > 0.0);
    points
}

/// One line for each run.
pub fn forks(runs: &[Run]) -> Result<String> {
    let lines: Vec<(&Run, Vec<Point>)> = runs.iter().map(|run| (run, points(run))).collect();
    if let Some((run, _)) = lines.iter().find(|(_, points)| points.len() < 2) {
        return Err(format!("{}: fewer than two rows {ROWS}…M", run.title));
    }
    let mut svg = String::new();
    draw(&lines, &mut svg).map_err(|e| format!("the plot: {e}"))?;
    Ok(svg)
}

fn draw(
    lines: &[(&Run, Vec<Point>)],
    svg: &mut String,
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let values = || lines.iter().flat_map(|(_, points)| points);
    let least = values().map(|point| point.1).fold(f64::MAX, f64::min);
    let most = values().map(|point| point.1).fold(0.0, f64::max);
    let widest = values().map(|point| point.0).fold(1.0, f64::max);
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("What a fork costs", ("sans-serif", 22))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(90)
        .build_cartesian_2d(
            (0.8..widest * 1.25).log_scale(),
            (least / 3.0..most * 3.0).log_scale(),
        )?;
    chart
        .configure_mesh()
        .x_desc("MiB that the process has touched")
        .y_desc("instructions of one fork call")
        .x_labels(6)
        .y_labels(8)
        .x_label_formatter(&whole)
        .y_label_formatter(&whole)
        .light_line_style(WHITE)
        .draw()?;
    for ((run, points), colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        chart
            .draw_series(
                LineSeries::new(points.iter().copied(), colour.stroke_width(2)).point_size(4),
            )?
            .label(run.title.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()?;
    area.present()?;
    Ok(())
}

fn whole(value: &f64) -> String {
    let short = |value: f64, unit: &dyn Display| format!("{value:.0}{unit}");
    match *value {
        v if v >= 1e6 => short(v / 1e6, &" million"),
        v => short(v, &""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::tests::run;

    #[test]
    fn each_run_is_a_line_with_its_name() {
        let mut quire = run(&[
            ("fork-call-0M", 4000.0, None),
            ("fork-call-1M", 4000.0, None),
            ("fork-call-64M", 4000.0, None),
            ("fork-exit-wait-1M", 1.0, None),
        ]);
        quire.title = "Quire".to_owned();
        assert_eq!(points(&quire), [(1.0, 4000.0), (64.0, 4000.0)]);
        let svg = forks(&[quire]).expect("a plot");
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("Quire") && svg.contains("polyline"));
    }

    #[test]
    fn a_run_without_forks_is_refused() {
        let why = forks(&[run(&[("getpid", 1.0, None)])]).expect_err("no forks");
        assert!(why.contains("fewer than two rows"), "{why}");
    }
}
