/**
 * The half that touches TornadoVM: compiled only where it is installed. Read {@link
 * org.softmin.tornado.device.DeviceExecutable}, then {@link org.softmin.tornado.device.Graphs}.
 */
@NullMarked
package org.softmin.tornado.device;

import org.jspecify.annotations.NullMarked;
