/** The studies and their command line: start with {@code Softmin}. */
@NullMarked
package org.softmin.studies;

import org.jspecify.annotations.NullMarked;
