/**
 * Images and labels for the studies. Start with {@link org.softmin.studies.data.SyntheticDigits}, which needs no file.
 */
@NullMarked
package org.softmin.studies.data;

import org.jspecify.annotations.NullMarked;
