/**
 * Do generative models need encoders? Start with {@link org.softmin.studies.encoders.EncodersStudy}; what a network is given
 * is in {@code Input}, what the cases are in {@code Configuration}, what it is made of in
 * {@link org.softmin.studies.encoders.Architecture}, and how a code for each image is trained in {@code Codes}.
 */
@NullMarked
package org.softmin.studies.encoders;

import org.jspecify.annotations.NullMarked;
