/**
 * What trained encoders are measured by, as plain functions over host arrays in double precision: of activations
 * ({@link org.softmin.studies.metrics.ActivationMetrics}) and of reconstructions
 * ({@link org.softmin.studies.metrics.ReconstructionMetrics}), with the linear references
 * {@link org.softmin.studies.metrics.Pca} and {@link org.softmin.studies.metrics.LinearReadout}.
 */
@NullMarked
package org.softmin.studies.metrics;

import org.jspecify.annotations.NullMarked;
