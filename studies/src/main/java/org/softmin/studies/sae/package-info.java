/**
 * Decoder-free sparse autoencoders (Oursland, arXiv 2601.06478). Start with {@link
 * org.softmin.studies.sae.DecoderFreeStudy}; what is trained is in {@link org.softmin.studies.sae.Method}, what is
 * measured in {@code Evaluation}, and each experiment in a class of its own.
 */
@NullMarked
package org.softmin.studies.sae;

import org.jspecify.annotations.NullMarked;
