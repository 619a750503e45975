@echo off
rem The softmin command line on Windows, from a checkout: builds what is missing, starts Java.
rem It does not see that sources have changed: delete studies\target\run then, and it builds again.
setlocal
for %%i in ("%~dp0..\..") do set "ROOT=%%~fi"
set "RUN=%ROOT%\studies\target\run"

set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
"%JAVA%" -version 2>&1 | findstr /r /c:"version .2[5-9]" /c:"version .[3-9][0-9]" >nul || (
    echo softmin: no JDK 25.0.3 or newer found: install Temurin 25 from https://adoptium.net or set JAVA_HOME, and run again>&2
    exit /b 5
)

rem What uses TornadoVM is built where TORNADOVM_HOME is set.
set "BUILT=%RUN%\built"
if exist "%TORNADOVM_HOME%\tornado-argfile" set "BUILT=%RUN%\with-tornado"
if not exist "%BUILT%" (
    echo softmin: building with Maven>&2
    call mvn -B -q -Prun package -f "%ROOT%\pom.xml" -pl studies -am 1>&2 || (
        echo softmin: the build failed; the lines above say why>&2
        exit /b 1
    )
    type nul >"%RUN%\built"
    type nul >"%BUILT%"
)

rem Results name the version of the sources that made them.
set "COMMIT="
for /f "delims=" %%c in ('git -C "%ROOT%" describe --always --dirty --abbrev=12 2^>nul') do set "COMMIT=%%c"

rem TornadoVM is started only where the command line has a use for it; studies/bin/softmin says what for the options are.
set "OPTIONS=-XX:+UseSerialGC -Xmn8m"
if not defined TORNADOVM_HOME goto start
if not exist "%TORNADOVM_HOME%\tornado-argfile" goto start
echo "%~1" %* | findstr /r /c:"^.devices" /c:"--device[= ]auto" /c:"--device[= ][^ ]*tornado" >nul || goto start
set "OPTIONS="@%TORNADOVM_HOME%\tornado-argfile" -Dtornado.recover.bailout=False -Dtornado.tvm.maxbytecodesize=65536 -Dtornado.opencl.compiler.flags=-w -Dtornado.enable.nativeFunctions=False -Dtornado.enable.fma=False -Dtornado.enable.mathOptimizations=False"
if defined SOFTMIN_DEVICE_MEMORY set "OPTIONS=%OPTIONS% "-Dtornado.device.memory=%SOFTMIN_DEVICE_MEMORY%""

:start
"%JAVA%" %OPTIONS% --add-modules jdk.incubator.vector "-Dsoftmin.commit=%COMMIT%" -cp "%RUN%\*;%RUN%\lib\*" org.softmin.studies.Softmin %*
exit /b %ERRORLEVEL%
