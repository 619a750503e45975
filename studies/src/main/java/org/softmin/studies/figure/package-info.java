/**
 * Figures as text: values go in, a small self-contained SVG comes out, the same bytes every time. Start with
 * {@link org.softmin.studies.figure.Figure}; every permitted record is one kind of picture.
 */
@NullMarked
package org.softmin.studies.figure;

import org.jspecify.annotations.NullMarked;
