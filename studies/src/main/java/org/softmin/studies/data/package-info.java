/**
 * Images and labels for the studies. Start with {@link org.softmin.studies.data.DataSource}, which chooses between files
 * and {@link org.softmin.studies.data.SyntheticDigits}, which need none.
 */
@NullMarked
package org.softmin.studies.data;

import org.jspecify.annotations.NullMarked;
