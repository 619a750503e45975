/**
 * From measurements to what a reader gets: {@code results.json}, {@code metrics.csv}, the figures and one
 * self-contained {@code report.html}. Start with {@link org.softmin.studies.report.Results}, then
 * {@link org.softmin.studies.report.Report}.
 */
@NullMarked
package org.softmin.studies.report;

import org.jspecify.annotations.NullMarked;
