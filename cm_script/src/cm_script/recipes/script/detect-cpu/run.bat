@echo off
powershell -NoProfile -Command "$c = Get-CimInstance Win32_Processor | Select-Object -First 1; 'Model name: ' + $c.Name; 'Vendor ID: ' + $c.Manufacturer; 'Core(s) per socket: ' + $c.NumberOfCores; 'CPU(s): ' + $c.NumberOfLogicalProcessors; 'CPU max MHz: ' + $c.MaxClockSpeed; 'Socket(s): ' + @(Get-CimInstance Win32_Processor).Count; 'hw.memsize: ' + (Get-CimInstance Win32_ComputerSystem).TotalPhysicalMemory" > tmp-lscpu.out 2> nul
exit /b 0
